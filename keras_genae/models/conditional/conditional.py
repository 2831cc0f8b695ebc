"""Side information for any model: what its networks are given beside x and z."""

from keras import ops

from keras_genae.layers.condition import Condition, size_of


class Conditional:
    """Mixin, named before the model: the label of an example goes to its encoder and decoder.

    The label becomes a vector c of floats, in `batch.condition`. The encoder is called with the
    list `[x, c]` and the decoder with `[z, c]`, so that q(z|x) becomes q(z|x, c), and p(x|z)
    becomes p(x|z, c). The networks of `network=` see c as more entries of a vector, as one more
    channel of an image, which a dense layer draws of c, and as more entries of z. Networks of one's
    own are Keras models of two inputs, in that order, the second of `(batch, size)`.
    """

    # Whether the label of an example may be missing.
    LABEL_IS_OPTIONAL = False

    def __init__(self, input_shape=None, latent_dim=None, classes=None, attributes=None, **kwargs):
        self.condition_size = size_of(classes, attributes)
        super().__init__(input_shape, latent_dim, **kwargs)
        if attributes is not None and self.input_shape == (attributes,):
            raise ValueError(
                "Vectors of as many entries as there are attributes could not be told from them: "
                "`fit(x, y)` takes a y of the shape of x for a target. Add a column to the "
                f"attributes. Received: input_shape={self.input_shape}, attributes={attributes}"
            )
        self.condition = Condition(
            classes, attributes, optional=self.LABEL_IS_OPTIONAL, name="condition"
        )

    def encoder_input(self, batch, training):
        """What the encoder sees of a batch: [x, c]."""
        if batch.condition is None:
            self.condition.numbers(None, 0, "y")  # Says that there is none.
        return [super().encoder_input(batch, training), batch.condition]

    def decoder_input(self, z, batch):
        """What the decoder sees: [z, c]."""
        return [z, batch.condition]

    def raw(self, z, training=False):
        """The decoder's output for [z, c], z along the axes of the codes."""
        z, c = z
        if self.code_whitener is not None:
            z = self.code_whitener.restore(z)
        return ops.cast(self.decoder([z, c], training=training), "float32")

    def follow(self, posterior, batch):
        """Keep the labels of the last examples, to draw from."""
        super().follow(posterior, batch)
        self.condition.update(batch.condition, batch.sample_weight)

    @property
    def call_shape(self):
        """The shapes of what `call` takes: [x, c]."""
        return [super().call_shape, (None, self.condition_size)]

    def call_input(self, batch):
        """What `call` takes of a batch: [x, c]."""
        return [batch.x, batch.condition]

    def call(self, inputs, training=False):
        """The reconstruction of x: `inputs` is a list of x and labels."""
        return self._decode([self._encode(inputs), inputs[1]])

    # One batch, in the graph: lists of examples, or codes, and labels.

    def to_float(self, x):
        """Examples as floats; of a list of examples and labels, [x, c]."""
        if not isinstance(x, (list, tuple)):
            return super().to_float(x)
        x, label = x
        return [super().to_float(x), self.condition(label)]

    def _decode(self, z):
        z, label = z
        return super()._decode([z, self.condition(label)])

    def get_config(self):
        """The constructor's arguments."""
        side = self.condition.get_config()
        return {
            **super().get_config(),
            "classes": side["classes"],
            "attributes": side["attributes"],
        }
