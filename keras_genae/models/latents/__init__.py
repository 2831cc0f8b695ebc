"""Models with richer priors and posteriors."""
