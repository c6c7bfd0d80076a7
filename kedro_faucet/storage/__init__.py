"""Where tables lie, and how they are written: one complete file, or a Delta table; no Kedro here."""
