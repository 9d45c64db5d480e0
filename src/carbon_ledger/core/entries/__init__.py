"""The log's format: what an entry is, and the shapes of its events."""
