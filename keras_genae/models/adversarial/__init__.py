"""Models with a second player, who tells what was made from what is real."""
