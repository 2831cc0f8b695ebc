import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import fast
from zoo import FEW, OF_TWO_PLAYERS, build, compiled, examples, labels, weights_of

POLICIES = ["mixed_float16", "mixed_bfloat16"]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "name",
    fast([*FEW, "ConvVAE bernoulli", "ConvVAE continuous Bernoulli", *OF_TWO_PLAYERS], FEW[1:3]),
)
def test_the_first_loss_in_mixed_precision_is_within_one_percent(name, policy):
    losses, means = [], []
    reference = build(name).get_weights()
    for dtype in ("float32", policy):
        model = compiled(build(name, dtype=dtype), run_eagerly=True)
        model.set_weights(reference)
        x = examples(model.input_shape, 16)
        means.append(model.reconstruct(x))
        logs = model.train_on_batch(x, return_dict=True)
        losses.append(logs.pop("loss"))
    assert model.encoder.get_layer("stage_1").compute_dtype == policy.removeprefix("mixed_")
    assert model.encoder.get_layer("stage_1").kernel.dtype == "float32"
    # Not the same arithmetic, or the policy had no effect.
    assert np.any(means[0] != means[1])
    # Of the terms: of densities the loss is their difference, which may be near zero.
    assert abs(losses[1] - losses[0]) < 0.01 * sum(map(abs, logs.values()))


@pytest.mark.parametrize("policy", fast(POLICIES, ["mixed_float16"]))
@pytest.mark.parametrize("name", fast(["VAE of vectors", "ConvVAE sigma"], ["ConvVAE sigma"]))
def test_mixed_precision_learns_without_nan(name, policy):
    model = compiled(build(name, dtype=policy))
    x = examples(model.input_shape)
    history = model.fit(x, epochs=4, batch_size=16, verbose=0).history
    assert np.isfinite(history["loss"]).all() and history["loss"][-1] < history["loss"][0]
    assert all(np.isfinite(w).all() for w in weights_of(model))
    assert model.reconstruct(x).dtype == model.encode(x).dtype == "float32"


def test_plain_gradient_descent_moves_as_far_under_mixed_float16(noise_off):
    # Where a training step forgets to scale the loss, the optimizer's division stops the training.
    moved = []
    start = build("ConvVAE sigma").get_weights()
    for dtype in ("float32", "mixed_float16"):
        optimizer = keras.optimizers.SGD(1e-3)
        if dtype == "mixed_float16":
            # From Keras's own start, 2¹⁵, gradients of a sum over all pixels overflow at first.
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=2.0**8)
        model = compiled(build("ConvVAE sigma", dtype=dtype), optimizer, run_eagerly=True)
        model.set_weights(start)
        kernel = model.decoder.get_layer("unflat").kernel
        before = kernel.numpy()
        model.train_on_batch(examples(model.input_shape, 8))
        moved.append(np.linalg.norm(kernel.numpy() - before))
    assert moved[1] == pytest.approx(moved[0], rel=0.02)


def test_the_global_policy_is_taken_over(default_policy):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build("ConvVAE sigma")
    assert model.encoder.get_layer("stage_1").compute_dtype == "bfloat16"
    assert model.get_config()["dtype"] == "mixed_bfloat16"


def beside(name, x):
    """What a model takes beside x: labels, some of them missing where they may be, or a target."""
    model = build(name)
    y = labels(model, len(x))
    if y is None:
        return x[::-1] if name == "AdaGVAE" else x
    return np.where(np.arange(len(x)) % 3, y, -1) if model.condition.optional else y


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "ConvAE",
        "ConvVAE sigma",
        "ConvVAE free bits",
        "MaskedAE",
        "PIWAE",
        "SparseAE l1",
        "RAE spectral norm",
        "HamiltonianVAE",
        "ConditionalVAE of classes",
        "ConditionalVAE of attributes",
        "SemiSupervisedVAE",
        "JointVAE",
        "IVAE",
        "AdaGVAE",
        *OF_TWO_PLAYERS,
        "KLAutoencoder",
        "GatedSAE",
        "JumpReLUSAE",
        "TopKSAE",
    ],
)
def test_two_replicas_are_equal_to_one(name, noise_off, two_replicas):
    # 21 examples: the last batch of 8 has 5, which do not divide by two; and the weights differ
    # from example to example, so that the replicas' shares weigh differently.
    reference = build(name).get_weights()
    x = examples(build(name).input_shape, 21)
    y = beside(name, x)
    weight = np.linspace(0.0, 2.0, 21).astype("float32")
    results = []
    for strategy in (tf.distribute.get_strategy(), two_replicas):
        with strategy.scope():
            metrics = {"metrics": ["mse"], "weighted_metrics": ["mae"]}
            model = compiled(build(name), keras.optimizers.SGD(1e-3), **metrics)
            model.set_weights(reference)
        history = model.fit(
            x, y, sample_weight=weight, batch_size=8, epochs=2, shuffle=False, verbose=0
        )
        results.append((history.history, model))
    (one, alone), (two, together) = results
    for term in one:
        # A term that is 0 without noise is rounding.
        np.testing.assert_allclose(two[term][0], one[term][0], rtol=1e-5, atol=1e-6)
        # In a game each player answers the other's rounding, and it grows.
        rtol = 1e-4 if name in OF_TWO_PLAYERS else 1e-5
        np.testing.assert_allclose(two[term], one[term], rtol=rtol, atol=1e-6)
    for a, b in zip(together.trainable_variables, alone.trainable_variables, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-6)
    assert float(together.optimal_scale.variance) == pytest.approx(
        float(alone.optimal_scale.variance), rel=1e-5
    )


@pytest.mark.slow
def test_replicas_of_a_vae_draw_different_noise_and_learn(two_replicas):
    with two_replicas.scope():
        model = compiled(build("ConvVAE sigma"))
    x = examples(model.input_shape)
    history = model.fit(x, epochs=3, batch_size=16, validation_data=(x,), verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert np.isfinite(history["val_loss"]).all()
