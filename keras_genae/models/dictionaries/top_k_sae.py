"""The TopK sparse autoencoder."""

from keras import ops

from keras_genae.models.dictionaries.keep_largest import keep_largest
from keras_genae.models.dictionaries.sparse_code import SparseCode
from keras_genae.models.dictionaries.sparse_dictionary import SparseDictionary
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole


@zoo_model(
    family="dictionaries",
    minimises="−log p(x|z) + revival, z = the k largest of ReLU(W (x − b) + c)",
    use="dictionaries of which exactly k features fire",
    paper="Gao et al. 2024",
)
class TopKSAE(SparseDictionary):
    """Explain each x by its k strongest features.

    Minimises −log p(x|z) + revival_weight · revival, with

        z = TopK(ReLU(W_enc (x − b_dec) + b_enc)),    x̂ = Σ_j z_j d_j + b_dec,    ‖d_j‖ = 1,

    where p(x|z) = N(x̂, I), half the squared error in nats; see `SparseDictionary` for the revival
    of dead features and for what is logged. There is nothing to weigh: k is the sparsity, and no
    penalty shrinks the activations.

    Choose it first: sparsity is what was asked for, without a penalty to try. Of a layer's
    activations take `keras_genae.datasets.activations`, and look at what the features mean
    by `explain`.

    Its limits: a simple x gets as many features as one that is made of much (`BatchTopKSAE` and
    `JumpReLUSAE` share them out); of fewer than k positive entries only those fire. k is not found
    for you. Which features are found depends on the seed and on how many there are; nothing
    promises that one means one thing. It knows no density before `fit_prior`.

    Args:
        input_shape, latent_dim, revival_weight, dead_after: as in `SparseDictionary`.
        k: how many features fire for each x.
        **kwargs: as in `SparseDictionary`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = TopKSAE((16,), latent_dim=64, k=4, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> z = model.encode(x)
    >>> z.shape, int((z > 0).sum(axis=1).max())
    ((256, 64), 4)
    >>> len(model.explain(3, x, count=5).inputs) <= 5
    True

    Reference:
        Gao et al., "Scaling and evaluating sparse autoencoders", 2024.
    """

    def __init__(self, input_shape=None, latent_dim=None, k=32, **kwargs):
        self.k = check_whole("k", k)
        super().__init__(input_shape, latent_dim, **kwargs)
        if self.k > self.latent_dim:
            raise ValueError(
                "`k` features are to fire of `latent_dim`. "
                f"Received: k={k}, latent_dim={self.latent_dim}"
            )

    def sparse(self, pre, training):
        """TopK(ReLU(pre))."""
        return SparseCode(keep_largest(ops.relu(pre), self.k), pre)

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "k": self.k}
