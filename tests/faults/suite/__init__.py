"""The fault suite: what happens to a ledger when the machine, the disk or somebody's hand fails.

Run all of it with ``python -m tests.faults --all``; a small part runs with the tests.
"""
