"""The messages of the library: the cases are Python, their texts are snapshots beside them (see `snapshots`)."""
