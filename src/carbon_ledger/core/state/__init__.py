"""What follows from the entries: rows, the view of them, and what keeps them."""
