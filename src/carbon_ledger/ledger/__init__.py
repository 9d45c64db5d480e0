"""The ledger: events, one rule an event, the state they give, the commands, and the audit."""
