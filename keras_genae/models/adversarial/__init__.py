"""Autoencoders with a second player, who tells what is real from what they make."""
