"""Writing what a ledger holds in the formats of other systems, each with a list of what the format cannot say."""
