"""Workpapers: the sheets of a workbook that an auditor fills in, made from a review and what goes with it."""
