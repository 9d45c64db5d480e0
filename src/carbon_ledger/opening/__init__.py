"""Connecting a store to the ledger and the audit: opening a ledger, and auditing a published log."""
