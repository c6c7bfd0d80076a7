"""Rules for functions beyond the first ones: which families they take, and what stands for them on each engine."""
