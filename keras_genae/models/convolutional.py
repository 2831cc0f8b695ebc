"""What `ConvAE` and `ConvVAE` have in common: their networks."""


class Convolutional:
    """Mixin that fixes a model's networks to the convolutional pair.

    An architecture is no objective: the class it is mixed into says what is optimised.
    """

    def __init__(self, input_shape, latent_dim, widths=(32, 64, 128, 256), kernel_size=4, **kwargs):
        super().__init__(
            input_shape,
            latent_dim,
            network="conv",
            widths=widths,
            kernel_size=kernel_size,
            **kwargs,
        )

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["network"]
        return config
