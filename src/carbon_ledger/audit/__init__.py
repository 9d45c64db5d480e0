"""Auditing: hash every entry, replay it by the rules, compare the stored rows, and add up balances and carry."""
