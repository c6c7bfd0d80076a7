"""Proof: what models would have forecast at earlier times, and how good that was."""
