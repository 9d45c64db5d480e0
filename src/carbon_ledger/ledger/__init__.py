"""What people call: commands and questions, which `Ledger` and `Reader` list."""
