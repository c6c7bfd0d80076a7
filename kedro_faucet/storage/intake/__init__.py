"""What comes in with a save: which rows and columns are taken, and what is noted of them."""
