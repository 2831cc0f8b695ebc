"""VAEs with several levels of codes, each of which is the prior of the one below."""
