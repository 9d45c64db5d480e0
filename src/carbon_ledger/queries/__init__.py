"""Queries of a ledger, in its current state or as of any entry."""
