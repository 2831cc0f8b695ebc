"""The BatchTopK sparse autoencoder."""

from keras import ops

from keras_genae.models.dictionaries.keep_largest import keep_largest
from keras_genae.models.dictionaries.running_threshold import RunningThreshold
from keras_genae.models.dictionaries.sparse_code import SparseCode
from keras_genae.models.dictionaries.top_k_sae import TopKSAE
from keras_genae.models.zoo import zoo_model


@zoo_model(
    family="dictionaries",
    minimises="−log p(x|z) + revival, z = the n·k largest of ReLU(W (x − b) + c) in n examples",
    use="dictionaries of which k features fire in the mean",
    paper="Bussmann et al. 2024",
)
class BatchTopKSAE(TopKSAE):
    """Explain a batch by its strongest features, k for each example in the mean.

    Minimises what `TopKSAE` does, but in training the n·k largest activations of a batch of n fire,
    wherever they are:

        Z = BatchTopK(ReLU(W_enc (X − b_dec) + b_enc)).

    An example that is made of much gets more of them than a simple one. Outside training, where a
    code may not depend on its neighbours, those fire that lie above a threshold: the mean, over the
    last hundred or so training batches, of the least activation that fired. An example of weight 0
    takes no part; all others count as one in n·k, whatever their weight. Under replicas the batch
    is the share of each.

    Choose it before `TopKSAE` where inputs differ in how much is in them. With batches of one
    example it is that model, in training.

    Its limits: those of `TopKSAE`, but that `l0` of single inputs is free; outside training its
    mean is k only on data like those of training. Batches should be of hundreds of examples in
    random order, or their threshold moves from batch to batch.

    Args:
        input_shape, latent_dim, k, revival_weight, dead_after: as in `TopKSAE`; k is the mean.
        **kwargs: as in `SparseDictionary`.

    Raises:
        ValueError: on arguments that no model can be built from.

    Example:

    >>> import numpy as np
    >>> model = BatchTopKSAE((16,), latent_dim=64, k=4, seed=0)
    >>> model.compile(optimizer="adam")
    >>> x = np.random.default_rng(0).normal(size=(256, 16)).astype("float32")
    >>> history = model.fit(x, epochs=1, verbose=0)
    >>> history.history["l0"]
    [4.0]
    >>> bool(2.0 < (model.encode(x) > 0).sum(axis=1).mean() < 6.0)
    True

    Reference:
        Bussmann et al., "BatchTopK Sparse Autoencoders", 2024.
    """

    def __init__(self, input_shape=None, latent_dim=None, k=32, **kwargs):
        super().__init__(input_shape, latent_dim, k, **kwargs)
        self.threshold = RunningThreshold(name="threshold")

    def sparse(self, pre, training):
        """ReLU(pre) above the threshold."""
        return SparseCode(ops.where(pre > self.threshold.value, ops.relu(pre), 0.0), pre)

    def terms_of(self, posterior, z, batch, training):
        """The loss terms; in training those fire that are strongest in the batch."""
        if training:
            z = self.strongest(posterior.pre, batch)
            posterior = SparseCode(z, posterior.pre)
        return super().terms_of(posterior, z, batch, training)

    def strongest(self, pre, batch):
        """BatchTopK(ReLU(pre))."""
        counts = ops.cast(batch.sample_weight > 0.0, "int32")
        activations = ops.where(counts[:, None] > 0, ops.relu(pre), 0.0)
        rows = ops.shape(pre)[0]
        flat = ops.reshape(activations, (1, -1))
        kept = keep_largest(flat, self.k * rows, limit=self.k * ops.sum(counts))
        return ops.reshape(kept, (-1, self.latent_dim))

    def follow(self, posterior, batch):
        """Follow the threshold, too."""
        super().follow(posterior, batch)
        self.threshold.follow(posterior.mean, batch.sample_weight)
