"""Rules for values of a type: what each may be, and what stands for it on each engine."""
