"""Who has which units: one module a family of events."""
