"""Code that a person would have written: a pipeline of a kind, or all that a provider's tables need."""
