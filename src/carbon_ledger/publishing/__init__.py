"""The log as files that anybody can check, and proofs of single entries."""
