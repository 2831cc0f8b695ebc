"""M2: a sum over classes where the label is missing, the conditional VAE where it is there."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from zoo import compiled, examples

from keras_genae import ConditionalVAE, SemiSupervisedVAE

NAMES = ["cat", "dog", "owl"]
X = examples((6,), 12)
Y = np.arange(12) % 3
SOME = np.where(np.arange(12) < 4, Y, -1)


def model_of(model_class=SemiSupervisedVAE, **arguments):
    keras.utils.set_random_seed(0)
    arguments = {"classes": NAMES, "widths": (5,), "likelihood": "gaussian", "seed": 0, **arguments}
    return compiled(model_class((6,), 2, **arguments), keras.optimizers.SGD(1e-2), run_eagerly=True)


def scores(model, *data, **options):
    return model.evaluate(*data, verbose=0, return_dict=True, **options)


def terms_of(model, x, y, training=False):
    terms = model.loss_terms(model.unpack((x, np.asarray(y, "int32"))), training)
    return {name: term.numpy() for name, term in terms.items()}


def log_q(model, x):
    logits = model.classifier(x).numpy().astype("float64")
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def conditional_like(model, **arguments):
    """The conditional VAE of the same networks, and the same noise to come."""
    other = model_of(ConditionalVAE, **arguments)
    other.encoder.set_weights(model.encoder.get_weights())
    other.decoder.set_weights(model.decoder.get_weights())
    other.noise.state.assign(model.noise.state)
    return other


@pytest.mark.parametrize("likelihood", ["gaussian", "sigma"])
def test_with_all_labels_it_is_the_conditional_vae_and_its_classifier(likelihood):
    # With the noise, over steps that change σ and the axes of the codes.
    model = model_of(alpha=3.0, likelihood=likelihood)
    other = conditional_like(model, likelihood=likelihood)
    for step in range(3):
        ours, theirs = (m.train_on_batch(X, Y, return_dict=True) for m in (model, other))
        for term in ("reconstruction_loss", "kl_loss"):
            assert float(ours[term]) == pytest.approx(float(theirs[term]), rel=2e-6), step
        expected = float(theirs["loss"]) + np.log(3) + 3.0 * float(ours["classifier_loss"])
        assert float(ours["loss"]) == pytest.approx(expected, rel=2e-6)
    for a, b in zip(model.decoder.get_weights(), other.decoder.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    expected = -log_q(model, X)[np.arange(12), Y].mean()
    assert scores(model, X, Y)["classifier_loss"] == pytest.approx(expected, rel=1e-5)
    assert scores(model, X, Y)["class_kl_loss"] == pytest.approx(np.log(3), rel=1e-6)


def test_without_a_label_it_is_the_mean_over_classes():
    model = model_of(alpha=3.0, beta=2.0)
    other = conditional_like(model, beta=2.0)
    ours = terms_of(model, X, np.full(12, -1))
    q = np.exp(log_q(model, X))
    of_classes = [terms_of(other, X, np.full(12, y)) for y in range(3)]
    for term in ("reconstruction_loss", "kl_loss"):
        expected = sum(q[:, y] * of_classes[y][term] for y in range(3))
        np.testing.assert_allclose(ours[term], expected, rtol=1e-5)
    np.testing.assert_allclose(
        ours["class_kl_loss"], (q * np.log(3 * q)).sum(1), rtol=1e-4, atol=1e-6
    )
    assert np.all(ours["classifier_loss"] == 0.0)


def test_the_best_classifier_gives_the_log_of_the_sum():
    # min over q of Σ q L + KL(q ‖ p(y)) is −log Σ_y p(y) exp(−L(x, y)), at q = softmax(−L).
    model = model_of()
    other = conditional_like(model)
    costs = np.stack([sum(terms_of(other, X[:1], [y]).values()) for y in range(3)], axis=1).astype(
        "float64"
    )
    *_, kernel, _ = model.classifier.get_weights()
    start = model.classifier.get_weights()[:-2]
    for logits, gap in ((-costs[0], 0.0), (-costs[0] + [1.0, 0.0, 0.0], 1e-3)):
        model.classifier.set_weights(
            [*start, 0 * kernel, (logits - logits.mean()).astype("float32")]
        )
        bound = sum(terms_of(model, X[:1], [-1]).values())[0]
        exact = -np.log(np.exp(-costs).mean(1))[0]
        if gap:
            assert bound > exact + gap
        else:
            assert bound == pytest.approx(exact, rel=1e-5)


def test_labels_here_and_there_are_each_treated_as_they_are():
    model = model_of(alpha=3.0)
    mixed, known, unknown = (terms_of(model, X, y) for y in (SOME, Y, np.full(12, -1)))
    for name in mixed:
        np.testing.assert_allclose(mixed[name][:4], known[name][:4], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(mixed[name][4:], unknown[name][4:], rtol=1e-5, atol=1e-6)


def test_every_way_to_leave_a_label_out_is_the_same():
    model = model_of()
    rows = np.where(SOME[:, None] >= 0, np.eye(3)[Y], 0.0)
    texts = np.where(SOME >= 0, np.array(NAMES)[Y], "")
    expected = scores(model, X, SOME)
    for y in (rows, np.where(rows.any(1)[:, None], rows, np.nan), texts):
        assert scores(model, X, y) == expected
        assert scores(model, tf.data.Dataset.from_tensor_slices((X, y)).batch(12)) == expected
    nothing = scores(model, X, np.full(12, -1))
    assert scores(model, X) == nothing
    assert scores(model, tf.data.Dataset.from_tensor_slices(X).batch(12)) == nothing
    assert nothing != expected
    with pytest.raises(ValueError, match=r"or -1 where it is not known\. Received: 3"):
        model.fit(X, Y + 1, verbose=0)


def test_the_noise_of_evaluation_does_not_depend_on_the_batch_size():
    model = model_of()
    losses = [scores(model, X, SOME, batch_size=size)["loss"] for size in (12, 5, 1)]
    np.testing.assert_allclose(losses, losses[0], rtol=1e-5)


def test_each_argument_changes_the_loss():
    loss = scores(model_of(), X, SOME)["loss"]
    assert scores(model_of(alpha=2.0), X, SOME)["loss"] != loss
    assert scores(model_of(beta=2.0), X, SOME)["loss"] != loss
    assert scores(model_of(classifier=own_classifier()), X, SOME)["loss"] != loss


def own_classifier(**options):
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(options.pop("units", 3), **options)(x))


def test_what_the_model_infers_it_uses():
    model = model_of()
    probabilities = model.class_probabilities(X)
    np.testing.assert_allclose(probabilities, np.exp(log_q(model, X)), rtol=1e-5)
    likeliest = probabilities.argmax(1)
    assert model.classify(X).tolist() == [NAMES[i] for i in likeliest]
    np.testing.assert_allclose(model.encode(X), model.encode(X, likeliest), atol=1e-6)
    np.testing.assert_allclose(model.reconstruct(X), model.reconstruct(X, likeliest), atol=1e-6)
    np.testing.assert_allclose(model.predict(X, verbose=0), model.reconstruct(X), atol=1e-6)
    given = model.reconstruct(X, SOME)
    np.testing.assert_allclose(given[:4], model.reconstruct(X[:4], Y[:4]), atol=1e-6)
    with pytest.raises(ValueError, match="asks for a label"):
        model.decode(model.encode(X))


def test_a_few_labels_name_the_clusters():
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=300)
    x = (3.0 * (2 * truth[:, None] - 1) + rng.normal(0, 0.7, (300, 6))).astype("float32")
    y = np.full(300, -1)
    y[:6] = truth[:6]
    model = SemiSupervisedVAE((6,), 1, classes=2, alpha=50.0, widths=(16,), seed=0)
    compiled(model, keras.optimizers.Adam(1e-2)).fit(x, y, epochs=10, batch_size=50, verbose=0)
    assert np.mean(model.classify(x) == truth) > 0.95


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classes": None}, "`classes` must say what to infer"),
        ({"attributes": 2}, "Give one of"),
        ({"alpha": -1.0}, "alpha"),
        ({"classifier": own_classifier(units=4)}, r"logits \(batch, 3\)"),
        ({"classifier": own_classifier(activation="softmax")}, "ends in 'softmax'"),
    ],
)
def test_what_makes_no_model_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SemiSupervisedVAE((6,), 2, **{"classes": 3, "widths": (4,), **arguments})
