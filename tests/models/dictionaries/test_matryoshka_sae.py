import numpy as np
import pytest
from test_batch_top_k_sae import batch_dictionary
from test_sparse_dictionary import X, gradients

from keras_genae import MatryoshkaSAE


def test_the_nested_loss_is_the_sum_of_those_of_cut_codes():
    model = batch_dictionary("MatryoshkaSAE", nested_sizes=(3, 10, 24))
    model.begin(X)
    logs = model.evaluate(X, verbose=0, return_dict=True)
    z, costs = model.encode(X), []
    for size in (3, 10):
        error = X - model.decode(np.where(np.arange(24) < size, z, 0.0).astype("float32"))
        costs.append(0.5 * (np.square(error).sum(1) + 16 * np.log(2 * np.pi)).mean())
    assert logs["nested_loss"] == pytest.approx(sum(costs), rel=1e-5)
    assert logs["loss"] == pytest.approx(
        logs["reconstruction_loss"] + logs["nested_loss"], rel=1e-6
    )


def test_later_features_learn_nothing_from_the_smaller_dictionaries():
    model = batch_dictionary("MatryoshkaSAE", nested_sizes=(3, 10, 24))
    found = gradients(model, "nested_loss")
    assert not found["atoms/kernel"][10:].any() and found["atoms/kernel"][:10].any()


def test_by_default_the_sizes_halve():
    assert MatryoshkaSAE((8,), 32, k=2).nested_sizes == (2, 4, 8, 16, 32)
    assert MatryoshkaSAE((8,), 1, k=1).nested_sizes == (1,)


@pytest.mark.parametrize("sizes", [(24, 6), (6, 12), (6, 6, 24), (30,)])
def test_sizes_rise_to_the_whole(sizes):
    with pytest.raises(ValueError, match="must rise, and end with `latent_dim`"):
        batch_dictionary("MatryoshkaSAE", nested_sizes=sizes)
