"""What `ConvAE` and `ConvVAE` have in common: their networks."""


class Convolutional:
    """Mixin that fixes a model's networks to the convolutional pair.

    An architecture is no objective: the class it is mixed into says what is optimised.
    """

    def __init__(self, input_shape=None, latent_dim=None, widths=None, kernel_size=None, **kwargs):
        # A loaded model brings its layers.
        network = None if "encoder" in kwargs else "conv"
        sizes = {"network": network, "widths": widths, "kernel_size": kernel_size}
        super().__init__(input_shape, latent_dim, **sizes, **kwargs)

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["network"]
        return config
