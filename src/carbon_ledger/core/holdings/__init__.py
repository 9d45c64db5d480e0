"""Holdings: which account holds which units. Each module has the rules of one family of events."""
