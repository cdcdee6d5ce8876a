"""The readings of a bar and of a page, ranked, with their probabilities."""
