"""Processes that train trials, and the chief that hands trials out."""
