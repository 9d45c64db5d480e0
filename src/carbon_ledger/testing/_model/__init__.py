"""A naive model of the ledger: one row for each unit, one row for each metered step, and no running totals.

The model was written from the documentation alone and imports nothing from the ledger, so the two cannot share
a mistake. It is slow on purpose: carry, balances and claimed amounts are summed from the rows at every call.
"""
