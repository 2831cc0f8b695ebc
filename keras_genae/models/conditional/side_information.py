"""Side information for any model: what its encoder is given beside x."""

from keras import ops

from keras_genae.layers.condition import Condition, size_of


class SideInformation:
    """Mixin, named before the model: the label of an example goes to its encoder.

    The label becomes a vector c of floats, in `batch.condition`, and the encoder is called with the
    list `[x, c]`, so that q(z|x) becomes q(z|x, c). The encoders of `network=` see c as more
    entries of a vector, or as one more channel of an image, which a dense layer draws of c. One of
    one's own is a Keras model of two inputs, in that order, the second of `(batch, size)`.
    """

    TAKES_LABELS = True
    # Whether the label of an example may be missing.
    LABEL_IS_OPTIONAL = False
    # Whether the decoder is given c as well: see `Conditional`.
    DECODER_SEES_CONDITION = False

    def __init__(self, input_shape=None, latent_dim=None, classes=None, attributes=None, **kwargs):
        self.condition_size = size_of(classes, attributes)
        beside_z = self.condition_size if self.DECODER_SEES_CONDITION else 0
        self.condition_sizes = (self.condition_size, beside_z)
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

    def pair(self, inputs):
        """x and labels of what `call` is given: both, or x alone where labels may be missing."""
        if isinstance(inputs, (list, tuple)):
            return inputs
        self.condition.numbers(None, 0)  # Says that there is none, unless it may be missing.
        return [inputs, ops.zeros((ops.shape(inputs)[0], self.condition_size))]

    def to_float(self, x):
        """Examples as floats; of a list of examples and labels, [x, c]."""
        if not isinstance(x, (list, tuple)):
            return super().to_float(x)
        x, label = x
        return [super().to_float(x), self.condition(label)]

    def seen(self, x):
        """[x, c] as the encoder sees it."""
        x, c = x
        return [super().seen(x), c]

    def get_config(self):
        """The constructor's arguments."""
        side = self.condition.get_config()
        kept = {name: side[name] for name in ("classes", "attributes")}
        return {**super().get_config(), **kept}
