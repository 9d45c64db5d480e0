"""The report on a ledger: one HTML file that anybody can read, and that checks itself."""
