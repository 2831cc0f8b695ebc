"""What the callbacks that move `beta` ask of a model."""


def require_beta(callback):
    """Raise a ValueError where the model of a callback has no weight of the KL divergence."""
    if not hasattr(callback.model, "beta"):
        raise ValueError(
            f"`{type(callback).__name__}` moves the weight `beta` of the KL divergence: train a "
            f"VAE with it. Received: a {type(callback.model).__name__}"
        )
