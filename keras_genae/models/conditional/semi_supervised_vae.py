"""The semi-supervised variational autoencoder, M2."""

import dataclasses
import math

import keras
import numpy as np
from keras import ops

from keras_genae.distributions import DiagonalNormal
from keras_genae.layers.corruption import check_not_negative
from keras_genae.models.conditional.conditional_vae import ConditionalVAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.build import build_networks
from keras_genae.networks.given import bounded_by


@zoo_model(
    family="conditional",
    minimises="E_q(y|x) [−log p(x|z, y) + KL(z)] + KL(q(y|x) ‖ p(y)) − alpha · log q(y|x)",
    use="classifying from few labels; samples of a class",
    paper="Kingma et al. 2014",
)
class SemiSupervisedVAE(ConditionalVAE):
    """A conditional VAE that infers the class of examples without a label: the model M2.

    With L(x, y) = −log p(x|z, y) + beta · KL(q(z|x, y) ‖ N(0, I)), in nats, and p(y) uniform over
    the classes, it minimises of an example

        with a label y:    L(x, y) − log p(y) − alpha · log q(y|x),
        without a label:   Σ_y q(y|x) L(x, y) + KL(q(y|x) ‖ p(y)).

    These bound −log p(x, y) and −log p(x), but for alpha's term, which teaches the classifier
    q(y|x) from the labels. The sum over classes is exact; they share the noise in z, so that they
    are compared under the same draw. `fit` logs `class_kl_loss`, KL(q(y|x) ‖ p(y)), log K where the
    class is known, and `classifier_loss`, −log q(y|x), 0 where it is not.

    A label is missing where it is the class number −1, a row of zeros or of NaN in place of a
    one-hot row, or the name "". `encode(x)` and `reconstruct(x)` take the most probable class where
    none is given; `decode` asks for one.

    Choose it where few examples have labels. Its limits: each step costs as much as one of a
    `ConditionalVAE` on as many examples as there are classes. The classifier is as good as the
    assumption that classes explain x better than z does: it may settle on another grouping, or
    ignore y; a small `latent_dim` and a larger `alpha` help. p(y) is uniform.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        classes: as in `ConditionalVAE`.
        alpha: weight of the classifier's loss on an example with a label. The paper's α = 0.1 · N
            weighs the mean over the labels, of N examples; that is 0.1 · N / (number of labels)
            here, 50 for 100 labels of 50,000 examples, and 1 where each label comes 50 times in an
            epoch.
        classifier: a Keras model from `(batch, *input_shape)` to logits `(batch, classes)`; by
            default a network like the encoder.
        **kwargs: the other arguments of `ConditionalVAE`, but `attributes`.

    Raises:
        ValueError: on arguments that no model can be built from; on a label that is none of the
            classes.

    Example:

    >>> import numpy as np
    >>> model = SemiSupervisedVAE((8,), latent_dim=2, classes=3, alpha=5.0, widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> y = np.where(np.arange(64) < 8, np.arange(64) % 3, -1)      # Eight labels.
    >>> history = model.fit(x, y, epochs=1, verbose=0)
    >>> model.classify(x).shape, model.sample(2, label=1, seed=0).shape
    ((64,), (2, 8))

    Reference:
        Kingma, Rezende, Mohamed & Welling, "Semi-Supervised Learning with Deep Generative
        Models", 2014 (equations 6 to 9).
    """

    LABEL_IS_OPTIONAL = True

    def __init__(
        self,
        input_shape=None,
        latent_dim=None,
        classes=None,
        alpha=1.0,
        classifier=None,
        **kwargs,
    ):
        if classes is None:
            raise ValueError("`classes` must say what to infer. Received: classes=None")
        self.alpha = check_not_negative("alpha", alpha)
        super().__init__(input_shape, latent_dim, classes, **kwargs)
        if classifier is None:
            network = self.network or ("conv" if self.is_image else "mlp")
            sizes = (self.widths, self.kernel_size, self.dtype_policy)
            built, _ = build_networks(
                network, self.input_shape, self.condition_size, ("logits",), *sizes
            )
            classifier = keras.Model(built.input, built.output, name="classifier")
        check_classifier(classifier, self.input_shape, self.condition_size)
        self.classifier = classifier

    def log_class_probabilities(self, x, training=False):
        """log q(y|x) for a batch of floats, float32 `(batch, classes)`."""
        return ops.log_softmax(ops.cast(self.classifier(x, training=training), "float32"))

    def loss_terms(self, batch, training):
        """Those of the CVAE at the class that is known, or their mean over q(y|x)."""
        log_q = self.log_class_probabilities(batch.x, training)  # log q(y|x)
        y = batch.condition  # A row of zeros where it is not known.
        is_known = ops.any(y > 0.0, axis=-1, keepdims=True)
        weight = ops.where(is_known, y, ops.exp(log_q))
        of_classes = super().loss_terms(self.in_every_class(batch, weight), training)
        # Σ_y q(y|x) L(x, y)
        terms = {
            name: ops.sum(weight * ops.reshape(term, (-1, self.condition_size)), axis=-1)
            for name, term in of_classes.items()
        }
        # KL(q(y|x) ‖ p(y)) = Σ_y q log q + log K; of a class that is known −log p(y) = log K.
        negative_entropy = ops.sum(ops.where(is_known, 0.0, weight * log_q), axis=-1)
        terms["class_kl_loss"] = negative_entropy + math.log(self.condition_size)
        terms["classifier_loss"] = -ops.sum(y * log_q, axis=-1)  # −log q(y|x)
        return terms

    def in_every_class(self, batch, weight):
        """A batch of each example in each class, weighing as much as the class does."""
        every = dataclasses.replace(batch, label=None).repeated(self.condition_size)
        classes = ops.tile(ops.eye(self.condition_size), (ops.shape(batch.x)[0], 1))
        sample_weight = every.sample_weight * ops.reshape(weight, (-1,))
        return dataclasses.replace(every, condition=classes, sample_weight=sample_weight)

    def draw(self, posterior, training):
        """z ~ q(z|x, y), with the same noise for all classes of an example."""
        count = ops.shape(posterior.mean)[0] // self.condition_size
        zeros = ops.zeros((count, self.latent_dim))
        epsilon = super().draw(DiagonalNormal(zeros, zeros), training)
        epsilon = ops.repeat(epsilon, self.condition_size, axis=0)
        return posterior.mean + posterior.stddev * epsilon

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        return (*super().term_names, "class_kl_loss", "classifier_loss")

    @property
    def term_weights(self):
        """Beta weighs what the posterior costs, alpha the classifier's loss."""
        return {**super().term_weights, "classifier_loss": self.alpha}

    def unpack(self, data):
        """A `Batch`, without any label where none came."""
        batch = super().unpack(data)
        if batch.condition is not None:
            return batch
        none = ops.zeros((ops.shape(batch.x)[0], self.condition_size))
        return dataclasses.replace(batch, condition=none)

    def to_float(self, x):
        """Examples as floats; of a list of examples and labels, [x, c], c the likeliest class."""
        if not isinstance(x, (list, tuple)):
            return super().to_float(x)
        x, c = super().to_float(x)
        likeliest = ops.argmax(self.log_class_probabilities(x), axis=-1)
        is_known = ops.any(c > 0.0, axis=-1, keepdims=True)
        return [x, ops.where(is_known, c, ops.one_hot(likeliest, self.condition_size))]

    def class_probabilities(self, x, batch_size=128, verbose="auto"):
        """q(y|x), the probabilities of the classes.

        Args:
            x, batch_size, verbose: as in `encode`.

        Returns:
            float32 array `(n, classes)`.
        """
        x = self.check_examples(x, is_target=False)
        return self.in_batches(self._class_probabilities, x, batch_size, verbose)

    def classify(self, x, batch_size=128, verbose="auto"):
        """The most probable class of each example.

        Args:
            x, batch_size, verbose: as in `encode`.

        Returns:
            An array `(n,)` of names where `classes` are, else of class numbers, int32.
        """
        number = np.argmax(self.class_probabilities(x, batch_size, verbose), axis=1)
        names = self.condition.names
        return number.astype("int32") if names is None else np.array(names)[number]

    def _class_probabilities(self, x):
        return ops.exp(self.log_class_probabilities(self.to_float(x[0])))

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        del config["attributes"]
        classifier = keras.saving.serialize_keras_object(self.classifier)
        return {**config, "alpha": self.alpha, "classifier": classifier}


def check_classifier(classifier, input_shape, classes):
    """Check that a network gives logits of the classes for such data."""
    is_functional = isinstance(classifier, keras.Model) and len(classifier.inputs) == 1
    shapes = is_functional and (tuple(classifier.inputs[0].shape[1:]), classifier.output_shape)
    if not is_functional or shapes != (input_shape, (None, classes)):
        raise ValueError(
            f"`classifier` must be a Keras model from (batch, {', '.join(map(str, input_shape))}) "
            f"to logits (batch, {classes}). Received: {classifier} of shapes {shapes}"
        )
    if bounded_by(classifier):
        raise ValueError(
            "The classifier gives logits, any numbers from −∞ to ∞. Leave its last activation out. "
            f"Received: a classifier that ends in {bounded_by(classifier)!r}"
        )
