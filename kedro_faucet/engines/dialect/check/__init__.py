"""What is refused before anything runs: forms outside the subset, and values that meet without a cast."""
