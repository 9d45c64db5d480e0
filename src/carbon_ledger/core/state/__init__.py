"""State derived from the entries: rows, the view that reads them, and the store that holds them."""
