"""Profiles: which inherits from which, and the layers that they are made of."""
