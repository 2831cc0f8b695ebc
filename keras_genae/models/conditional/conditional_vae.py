"""The conditional variational autoencoder."""

from keras_genae.models.conditional.conditional import Conditional
from keras_genae.models.vae import VAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="conditional",
    minimises="−log p(x|z, c) + beta · KL(q(z|x, c) ‖ N(0, I))",
    use="samples of a class, or with given attributes",
    paper="Sohn et al. 2015",
)
class ConditionalVAE(Conditional, VAE):
    """Learn p(x|c): examples of a class, or with given attributes c.

    Minimises the negative ELBO of log p(x|c), −log p(x|z, c) + beta · KL(q(z|x, c) ‖ p(z)), in nats
    per example. The prior p(z) = N(0, I) does not depend on c, so that z holds what c does not say:
    the style of a digit whose class is given. `sample(16, label=3)` draws z and keeps c;
    `decode(encode(x, label), other)` keeps z and changes c.

    Choose it where labels are known for all examples, and are to steer what is drawn. Its limits:
    it needs a label for each example, also to encode it (`SemiSupervisedVAE` does without most of
    them). What c says of the middle of the codes is taken out of z (`layers.CodeWhitener`); nothing
    but the price of the KL keeps z from holding more of c, such as another spread in each class,
    for which a larger `beta` or a smaller `latent_dim` helps. It has no say about p(c), and does
    not classify.

    Args:
        input_shape, latent_dim: as in `Autoencoder`.
        classes: how many classes there are, or the list of their names. Labels are then whole
            numbers from 0, one-hot rows, or names.
        attributes: how many numbers describe an example, in place of classes. Bring them to a
            scale of about 1.
        **kwargs: the other arguments of `VAE`. Networks of one's own take lists of two inputs,
            `[x, c]` and `[z, c]`, c of shape `(batch, classes)` or `(batch, attributes)`.

    Raises:
        ValueError: on arguments that no model can be built from; on a label that is missing, of
            another shape, or none of the classes.

    Example:

    >>> import numpy as np
    >>> model = ConditionalVAE((8,), latent_dim=2, classes=["cat", "dog"], widths=(16,), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(64, 8)).astype("float32")
    >>> y = np.array(["cat", "dog"] * 32)
    >>> history = model.fit(x, y, epochs=1, verbose=0)
    >>> z = model.encode(x, y)
    >>> model.decode(z, "dog").shape, model.sample(3, label="cat", seed=0).shape
    ((64, 8), (3, 8))

    Reference:
        Sohn, Lee & Yan, "Learning Structured Output Representation using Deep Conditional
        Generative Models", 2015 (with the prior p(z), which it names in section 4.2 for z that is
        independent of the input).
    """
