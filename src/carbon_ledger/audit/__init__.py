"""Run the rules again, compare what is stored, add it up: what an auditor does."""
