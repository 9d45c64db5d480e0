"""The rules of the ledger: from a view and an entry to rows, or a refusal. No clock, no randomness, no I/O."""
