"""What the scripts a person runs have in common."""
