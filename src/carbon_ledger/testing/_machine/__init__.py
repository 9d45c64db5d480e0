"""The parts of the ledger machine: its setup, its actions, and how ledger and model are compared."""
