"""Commands: functions that `Ledger` lists as methods. A command plans events, and the core decides about them."""
