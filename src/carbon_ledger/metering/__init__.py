"""What meters say, before a ledger sees it: readings, files of them, and errors of a meter."""
