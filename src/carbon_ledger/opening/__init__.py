"""Where a store is joined to the rest: opening a ledger, and auditing a published one."""
