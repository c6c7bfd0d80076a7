"""What a text may be made of, and what is said of the rest."""
