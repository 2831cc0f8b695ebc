"""The Matryoshka sparse autoencoder."""

from keras import ops

from keras_genae.models.dictionaries.batch_top_k_sae import BatchTopKSAE
from keras_genae.models.zoo import zoo_model
from keras_genae.networks.checks import check_whole, check_widths
from keras_genae.networks.given import shape_taken

# By default the smaller dictionaries are these parts of the whole.
PARTS = (16, 8, 4, 2)


@zoo_model(
    family="dictionaries",
    minimises="−Σ_m log p(x|z_1..m) + revival, z as of BatchTopKSAE, m the nested sizes",
    use="dictionaries of general features first, special ones behind",
    paper="Bussmann et al. 2025",
)
class MatryoshkaSAE(BatchTopKSAE):
    """Nest dictionaries in each other: the first m features are to explain x without the others.

    Minimises, with z of `BatchTopKSAE` over all features,

        −Σ_m log p(x | z_1, …, z_m, 0, …, 0) + revival_weight · revival,    m in `nested_sizes`.

    In a plain dictionary a general feature comes to fire except where a special one does, which
    takes its work over (absorption), the more the larger the dictionary. Here the first features
    have to do without the later ones, and so stay general. `reconstruction_loss` is the term of the
    whole dictionary, `nested_loss` the sum of those of the smaller ones.

    Choose it for large dictionaries whose features are to be read, and for one that can be cut
    short: features behind any nested size may be left out of a code.

    Its limits: each nested size is trained, which costs the whole some of its error, and a
    step takes a decoding for each size. The first features explain what they can of everything: of
    data without general features, sums of a few of 48 atoms that are all alike, the default sizes
    found these less well (mean cosine 0.90) than sizes of which the least holds them all (0.96 to
    0.98). Otherwise those of `BatchTopKSAE`.

    Args:
        input_shape, latent_dim, k, revival_weight, dead_after: as in `BatchTopKSAE`.
        nested_sizes: how many features the nested dictionaries have, rising, the last `latent_dim`.
            By default a 16th, an eighth, a quarter, half and all. Of one size it is a
            `BatchTopKSAE`.
        **kwargs: as in `SparseDictionary`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = MatryoshkaSAE((16,), latent_dim=64, k=4, nested_sizes=(8, 64), seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> [name for name in history.history if name.endswith("loss")]
    ['loss', 'nested_loss', 'reconstruction_loss', 'revival_loss']

    Reference:
        Bussmann et al., "Learning Multi-Level Features with Matryoshka Sparse Autoencoders", 2025.
    """

    def __init__(self, input_shape=None, latent_dim=None, k=32, nested_sizes=None, **kwargs):
        if nested_sizes is None:
            decoder = kwargs.get("decoder")
            whole = latent_dim if decoder is None else shape_taken(decoder)[0]
            whole = check_whole("latent_dim", whole)
            nested_sizes = sorted({max(whole // part, 1) for part in PARTS} | {whole})
        self.nested_sizes = check_widths(nested_sizes)
        super().__init__(input_shape, latent_dim, k, **kwargs)
        rises = list(self.nested_sizes) == sorted(set(self.nested_sizes))
        if not rises or self.nested_sizes[-1] != self.latent_dim:
            raise ValueError(
                "`nested_sizes` must rise, and end with `latent_dim`. "
                f"Received: nested_sizes={nested_sizes}, latent_dim={self.latent_dim}"
            )

    def latent_terms(self, posterior, z, batch):
        """The revival term, and −Σ_m log p(x|z_1..m) of the smaller dictionaries."""
        terms = super().latent_terms(posterior, z, batch)
        smaller = [self.of_the_first(m, z, batch) for m in self.nested_sizes[:-1]]
        return {**terms, "nested_loss": sum(smaller)} if smaller else terms

    def of_the_first(self, m, z, batch):
        """−log p(x|z_1..m)."""
        raw = self.raw(ops.where(ops.arange(self.latent_dim) < m, z, 0.0), batch.training)
        return self.reconstruction_loss(self.likelihood(raw), batch, training=False)

    @property
    def term_names(self):
        """Names of the loss terms, in the order in which they are logged."""
        has_smaller = len(self.nested_sizes) > 1
        return (*super().term_names, *(["nested_loss"] if has_smaller else []))

    def get_config(self):
        """The constructor's arguments."""
        return {**super().get_config(), "nested_sizes": self.nested_sizes}
