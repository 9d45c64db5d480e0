"""The format of the log: entries, and the fields of every event."""
