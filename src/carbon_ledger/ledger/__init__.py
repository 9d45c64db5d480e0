"""What applications call: the commands and queries that `Ledger` and `Reader` list as methods."""
