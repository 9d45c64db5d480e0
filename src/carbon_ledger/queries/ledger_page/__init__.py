"""What the report of a ledger and the certificate of a retirement show, read from a state of the ledger."""
