"""Where columns come from, and where they go."""
