"""Questions: what a ledger can be asked, now or as of any entry."""
