"""The ledger: what every run did, kept as JSON lines, and what follows from it for the next one."""
