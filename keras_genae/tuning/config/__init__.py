"""A search as a file: what may be written, checked, and what it stands for."""
