"""Families of types, and that of every value of a text."""
