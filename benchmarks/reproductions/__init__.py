"""Papers' numbers, one file a kind of data: a function for each row of `docs/reproductions.md`."""
