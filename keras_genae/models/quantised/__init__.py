"""Models whose code is a map of indices: each place one of a number of vectors."""
