"""Models that learn from all series of a panel at once."""
