"""The tables of a provider: what tells their rows apart, what they name, and what a star makes of them."""
