"""A file on this machine: its path as engines take it, how it is packed, and whether it has changed."""
