"""Issuance: how readings become units, and how later entries change or undo that."""
