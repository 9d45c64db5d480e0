"""Parts of the ledger machine: its setup, its actions, and the comparison of ledger and model."""
