"""Stores: where entries and the rows derived from them live."""
