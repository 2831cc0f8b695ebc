"""Data that are sums of few of known atoms: the atoms are found, at the number they were summed."""

import keras
import numpy as np
import pytest
from cases import slow
from scipy.optimize import linear_sum_assignment

from keras_genae import BatchTopKSAE, GatedSAE, JumpReLUSAE, MatryoshkaSAE, TopKSAE
from keras_genae.training import TargetL0, default_optimizer

ENTRIES, ATOMS, ON = 24, 48, 3


def planted(count, seed=0):
    """Rows that are sums of three atoms each, and the atoms."""
    rng = np.random.default_rng(seed)
    atoms = rng.normal(size=(ATOMS, ENTRIES))
    atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
    z = np.zeros((count, ATOMS))
    on = np.argsort(rng.random((count, ATOMS)), axis=1)[:, :ON]
    np.put_along_axis(z, on, rng.uniform(0.5, 1.5, (count, ON)), axis=1)
    return (z @ atoms + 0.3).astype("float32"), atoms


@pytest.mark.parametrize(
    ("model_class", "sparsity"),
    [
        (TopKSAE, {"k": ON}),
        slow(BatchTopKSAE, {"k": ON}),
        # Nothing planted is more general than the rest, so the smaller dictionary has to hold all.
        slow(MatryoshkaSAE, {"k": ON, "nested_sizes": (ATOMS, 2 * ATOMS)}),
        slow(JumpReLUSAE, {"penalty_weight": 0.01}),
        slow(GatedSAE, {"penalty_weight": 0.1}),
    ],
)
def test_planted_atoms_are_found(model_class, sparsity):
    x, atoms = planted(8192)
    keras.utils.set_random_seed(0)
    model = model_class((ENTRIES,), 2 * ATOMS, seed=0, **sparsity)
    model.compile(default_optimizer(model, 0.01), steps_per_execution=16)
    callbacks = [] if "k" in sparsity else [TargetL0(ON)]
    model.fit(x, batch_size=128, epochs=20, verbose=0, callbacks=callbacks)
    cosines = atoms @ model.atoms.T
    # Each by an atom of its own.
    assert cosines[linear_sum_assignment(-cosines)].mean() > 0.95
    logs = model.evaluate(x, batch_size=1024, verbose=0, return_dict=True)
    assert logs["l0"] == pytest.approx(ON, abs=0.5) and logs["explained_variance"] > 0.85
