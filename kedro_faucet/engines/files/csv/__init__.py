"""CSV files: which columns they have, of which types, and how their bytes are rows."""
