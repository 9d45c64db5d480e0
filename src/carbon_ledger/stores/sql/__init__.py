"""What stores in SQL databases share: views, indexes, slices of tables, entries and rows."""
