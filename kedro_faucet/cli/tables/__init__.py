"""Looking at what resources hold: rows, columns, and queries on them."""
