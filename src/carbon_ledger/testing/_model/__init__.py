"""A naive model of the ledger: one row for every unit, one for every metered step, and no running totals.

It is written from the ledger's documents alone and imports nothing of the ledger, so that the two cannot
share a mistake. It is slow on purpose: carry, balances and claimed amounts are summed from the rows each
time they are asked for.
"""
