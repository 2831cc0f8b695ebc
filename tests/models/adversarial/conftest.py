"""Puts `players` in the way of the tests of this family."""
