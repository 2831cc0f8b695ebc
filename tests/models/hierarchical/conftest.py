"""Puts `two_levels` in the way of the tests."""
