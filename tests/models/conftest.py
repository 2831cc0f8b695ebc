"""Puts `zoo` in the way of the tests of each family."""
