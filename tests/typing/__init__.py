"""Programs for type checkers: one that is right, and lines each of which is wrong."""
