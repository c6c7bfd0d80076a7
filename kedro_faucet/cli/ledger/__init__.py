"""The commands of the ledger: what ran, what would run, what is to be run again."""
