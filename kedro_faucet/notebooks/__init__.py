"""Notebooks as nodes and as modules."""
