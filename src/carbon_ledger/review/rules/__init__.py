"""The rules of a review, by subject."""
