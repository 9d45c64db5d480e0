"""Proposals of layouts: what a file of metered energy seems to be, why, and what has to be asked."""
