"""Readings of meters before a ledger records them: columns of energy, files, and corrections for meter error."""
