"""Publishing the log as files that anybody can verify, and proving single entries."""
