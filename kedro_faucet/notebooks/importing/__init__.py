"""Notebooks as modules: found, and run by a rule that leaves out what explores."""
