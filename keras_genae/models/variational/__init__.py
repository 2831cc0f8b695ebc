"""VAEs that change what is paid: the ELBO's KL taken apart, weighted, or joined by other terms."""
