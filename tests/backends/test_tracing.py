"""Losses and their gradients can be compiled: nothing in them looks at the values of a tensor."""

import keras
import numpy as np
import pytest
from computed import data_of
from zoo import CONFIGS, build, code_shapes

jax = pytest.importorskip("jax")
if keras.backend.backend() != "jax":
    pytest.skip("It traces by JAX.", allow_module_level=True)

EACH = pytest.mark.parametrize("name", CONFIGS)


@EACH
@pytest.mark.parametrize("training", [True, False])
def test_loss_terms_and_their_gradients_are_traced(name, training):
    model = build(name)
    learnt, kept = model.trainable_variables, model.non_trainable_variables

    def loss(learnt_values, kept_values, x):
        values = [*zip(learnt, learnt_values, strict=True), *zip(kept, kept_values, strict=True)]
        with keras.StatelessScope(state_mapping=values):
            terms = model.loss_terms(model.unpack((x, y)), training)
            return keras.ops.mean(model.weighted_sum(terms)), terms

    x, y, _ = data_of(model, 6)
    values = [v.value for v in learnt], [v.value for v in kept]
    # By shapes alone: nothing is computed, and nothing can be looked at.
    gradients, terms = jax.eval_shape(jax.grad(loss, has_aux=True), *values, x)
    assert [g.shape for g in gradients] == [v.shape for v in learnt]
    assert set(terms) == {*model.term_names, *model.measure_names}  # JAX sorts them.
    for term in terms.values():
        assert term.shape == (6,) and term.dtype == np.float32


@EACH
def test_codes_and_reconstructions_are_traced(name):
    model = build(name)
    x, y, _ = data_of(model, 6)
    if y is not None:
        pytest.skip("Labels reach the methods beside the examples.")
    z = jax.eval_shape(model._encode, x)
    parts = z if isinstance(z, list) else [z]
    assert [part.shape for part in parts] == [(6, *shape) for shape in code_shapes(model)]
    assert jax.eval_shape(model._decode, z).shape == x.shape
    assert jax.eval_shape(model, x).shape == x.shape
