"""Commands: each is a function that `Ledger` lists; it plans events, and the core decides."""
