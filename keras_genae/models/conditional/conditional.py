"""Side information for the decoder too."""

from keras_genae.models.conditional.side_information import SideInformation


class Conditional(SideInformation):
    """Mixin, named before the model: the label of an example goes to its encoder and decoder.

    Beside what `SideInformation` does, the decoder is called with the list `[z, c]`, so that p(x|z)
    becomes p(x|z, c). The decoders of `network=` see c as more entries of z. One of one's own is a
    Keras model of two inputs, in that order, the second of `(batch, size)`.
    """

    DECODER_SEES_CONDITION = True

    def decoder_input(self, z, batch):
        """What the decoder sees: [z, c]."""
        return [z, batch.condition]

    def condition_in(self, x):
        """The side information in what the encoder takes: c of [x, c]."""
        return x[1]

    def restored(self, z):
        """[z, c] as the decoder takes them."""
        z, c = z
        return [z if self.code_whitener is None else self.code_whitener.restore(z, c), c]

    def call(self, inputs, training=False):
        """The reconstruction of x: `inputs` is a list of x and labels."""
        x, c = self.to_float(self.pair(inputs))
        return self._decode([self.posterior([x, c]).mean, c], like=x)

    def _decode(self, z, like=None):
        z, label = z
        return super()._decode([z, self.condition(label)], like)
