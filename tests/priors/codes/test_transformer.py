"""A transformer over codes: its probabilities, its draws, and what it learns."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_genae.priors import TransformerPrior
from keras_genae.priors.codes import fit_rows, transformer

SIZES = {"width": 8, "depth": 1, "num_heads": 2}
# Where two steps are too few to learn anything.
pytestmark = pytest.mark.filterwarnings(
    "ignore:On codes held out", "ignore:Even though the `tf.config"
)


@pytest.fixture
def quick(monkeypatch):
    """Fits of two steps an epoch, which take less time than it takes to trace one."""
    monkeypatch.setattr(fit_rows, "PASSES", 2)
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def new(shape=(3,), size=3, **options):
    return TransformerPrior(shape, size, **{**SIZES, **options})


def filled(**options):
    """A prior that nobody fitted, all of whose weights matter; of the first class three of four."""
    prior, rng = new(**options), np.random.default_rng(0)
    network = prior.network
    network.set_weights([rng.normal(0.0, 0.5, weight.shape) for weight in network.weights])
    if prior.condition is not None:
        prior.condition.update(np.eye(2)[[0, 0, 0, 1]], np.ones(4))
    return prior


def all_codes(prior):
    """Every one there is."""
    places, size = len(prior.sequence.codebook_of), prior.sequence.size
    return prior.sequence.codes_of(np.array(list(itertools.product(range(size), repeat=places))))


KINDS = {
    "row": {},
    "depth": {"shape": (2, 2), "codebooks": 2},
    "levels": {"shape": [(1,), (3,)], "codebooks": 2},
    "classes": {"classes": 2},
}


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_sum_to_one_and_draws_are_by_them(kind, monkeypatch):
    prior = filled(**KINDS[kind])
    codes = all_codes(prior)
    p = np.exp(prior.log_prob(codes).astype("float64"))
    assert p.sum() == pytest.approx(1.0, abs=1e-5)
    count = 20_000
    monkeypatch.setattr(transformer, "SAMPLES_AT_ONCE", count)
    rows = prior.sequence.rows_of(prior.sample(count, np.random.default_rng(0)))
    values = rows @ prior.sequence.size ** np.arange(rows.shape[1])[::-1]
    share = np.bincount(values, minlength=len(p)) / count
    # Four standard errors each.
    assert np.all(np.abs(share - p) < 4.0 * np.sqrt(p / count) + 1e-4)
    assert p.max() / p.min() > 5.0


def test_without_a_class_the_probability_is_that_of_all_classes_together():
    prior = filled(classes=2)
    codes = all_codes(prior)
    first, second = (np.exp(prior.log_prob(codes, label=c)) for c in (0, 1))
    assert np.abs(first - second).max() > 0.01
    assert first.sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_allclose(np.exp(prior.log_prob(codes)), 0.75 * first + 0.25 * second, 1e-5)


def test_the_class_of_draws_is_chosen_or_as_often_as_it_came(monkeypatch):
    prior = filled(classes=["cat", "dog"])
    draws = {
        label: prior.sample(200, np.random.default_rng(0), label=label) for label in ("cat", "dog")
    }
    assert np.any(draws["cat"] != draws["dog"])
    each = prior.sample(200, np.random.default_rng(0), label=["cat", "dog"] * 100)
    for i, label in enumerate(draws):
        np.testing.assert_array_equal(each[i::2], draws[label][i::2])
    seen = []
    monkeypatch.setattr(prior, "drawn_rows", lambda u, n, *_: seen.append(n) or np.zeros(u.shape))
    prior.sample(2000, np.random.default_rng(0))
    assert np.mean(np.concatenate(seen)) == pytest.approx(0.25, abs=0.04)


def test_how_many_are_drawn_at_once_changes_nothing(monkeypatch):
    prior = filled()
    draws = []
    for at_once in (128, 3):
        monkeypatch.setattr(transformer, "SAMPLES_AT_ONCE", at_once)
        draws.append(prior.sample(8, np.random.default_rng(0)))
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize("options", [{"temperature": 0.0}, {"temperature": 1e-6}, {"top_k": 1}])
def test_cold_or_of_one_the_draws_are_greedy(options):
    prior = filled(size=5)
    codes = prior.sample(2, np.random.default_rng(0), **options)
    logits = np.array(prior.network(codes))
    np.testing.assert_array_equal(codes, np.argmax(logits, axis=-1))


def test_top_k_draws_from_the_k_likeliest_alone():
    prior = filled(size=5)
    codes = prior.sample(300, np.random.default_rng(0), top_k=2)
    logits = np.array(prior.network(codes))
    rank = np.sum(logits > np.take_along_axis(logits, codes[..., None], axis=-1), axis=-1)
    assert set(rank.ravel()) == {0, 1}


def test_log_probabilities_go_in_batches():
    prior = filled()
    codes = all_codes(prior)
    np.testing.assert_allclose(prior.log_prob(codes, batch_size=5), prior.log_prob(codes), 1e-5)


# What is learnt.


def markov(count, places=12, size=4, seed=0):
    """Rows of a Markov chain, and log p of each."""
    rng = np.random.default_rng(7)
    turns = rng.dirichlet(np.full(size, 0.3), size)
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, places), "int32")
    rows[:, 0] = rng.integers(size, size=count)
    for t in range(1, places):
        up_to = np.cumsum(turns[rows[:, t - 1]], axis=1)
        rows[:, t] = np.minimum(np.sum(up_to <= rng.random((count, 1)), axis=1), size - 1)
    log_p = -np.log(size) + np.log(turns[rows[:, :-1], rows[:, 1:]]).sum(axis=1)
    return rows, log_p


@pytest.mark.slow
def test_it_reaches_the_entropy_of_a_markov_chain_and_the_unigram_cannot():
    rows, _ = markov(3000)
    prior = new((12,), 4, width=32, depth=2)
    prior.fit(rows, epochs=10)
    held_out, log_p = markov(2000, seed=1)
    gap = np.mean(log_p - prior.log_prob(held_out)) / 12
    assert -0.01 < gap < 0.02
    entropy = -np.mean(log_p) / 12
    assert prior.nats_per_code == pytest.approx(entropy, abs=0.04)
    assert prior.unigram_nats_per_code > entropy + 0.3
    # What it draws is of the chain.
    drawn = prior.sample(1000, np.random.default_rng(0))
    pairs, expected = (
        np.bincount((4 * r[:, :-1] + r[:, 1:]).ravel(), minlength=16) / r[:, 1:].size
        for r in (drawn, rows)
    )
    np.testing.assert_allclose(pairs, expected, atol=0.02)


@pytest.mark.slow
def test_classes_that_say_all_are_learnt():
    rng = np.random.default_rng(0)
    label = rng.integers(2, size=300)
    codes = np.where(rng.random((300, 3)) < 0.95, 2 * label[:, None], 1)
    prior = new(classes=2, width=16)
    prior.fit(codes, label, epochs=8)
    for c in (0, 1):
        assert np.mean(prior.sample(200, rng, label=c) == 2 * c) > 0.9
    assert prior.nats_per_code < prior.unigram_nats_per_code - 0.4


@pytest.mark.slow
def test_what_it_understands_is_reported_beside_the_unigram(quick, capsys):
    codes = markov(120, 3, 3)[0]
    prior = new()
    assert np.isnan(prior.nats_per_code)
    prior.fit(codes, epochs=2, verbose=1)
    share = np.bincount(codes.ravel(), minlength=3) / codes.size
    assert prior.unigram_nats_per_code == pytest.approx(-(share @ np.log(share)), abs=0.1)
    best = f"{prior.nats_per_code:.3f} nats per code held out, unigram"
    printed = capsys.readouterr().out
    assert best in printed and "Epoch 2/2 of the prior: " in printed
    prior.fit(codes, epochs=1, verbose="auto")  # No terminal.
    assert not capsys.readouterr().out


@pytest.mark.slow
def test_the_same_seed_gives_the_same_density(quick):
    codes, options = markov(40, 3, 3)[0], {"epochs": 1}
    first, second, used, other = (new() for _ in range(4))
    used.fit(codes[::-1], **options)  # What it was fitted to before does not matter.
    for prior in (first, second, used):
        keras.utils.set_random_seed(id(prior) % 1000)
        prior.fit(codes, seed=3, **options)
    other.fit(codes, seed=4, **options)
    log_probs = [prior.log_prob(codes) for prior in (first, second, used, other)]
    np.testing.assert_array_equal(log_probs[0], log_probs[1])
    np.testing.assert_array_equal(log_probs[0], log_probs[2])
    assert np.any(log_probs[0] != log_probs[3])


@pytest.mark.slow
def test_codes_that_are_all_the_same_are_drawn_again():
    prior, codes = new(), np.tile([2, 0, 1], (10, 1))
    prior.fit(codes, epochs=8)
    drawn = prior.sample(4, np.random.default_rng(0), temperature=0.0)
    np.testing.assert_array_equal(drawn, codes[:4])
    assert prior.nats_per_code < prior.unigram_nats_per_code


def test_two_examples_are_enough_for_numbers(quick):
    prior, codes = new(), np.array([[2, 0, 1], [2, 0, 1]])
    prior.fit(codes, epochs=1)
    assert np.isfinite(prior.log_prob(codes)).all()
    assert np.isfinite([prior.nats_per_code, prior.unigram_nats_per_code]).all()


def test_codes_that_come_often_are_among_those_held_out(monkeypatch):
    # Half of all examples are the same; judged by others alone they would seem unlikely.
    codes = np.random.default_rng(0).integers(5, size=(200, 3))
    codes[::2] = [4, 4, 4]
    judged = []
    monkeypatch.setattr(
        transformer, "fit_rows", lambda network, rows, judges, *_: judged.append(judges) or 0.0
    )
    new(size=5).fit(codes)
    assert 0.3 < np.mean(np.all(judged[0][:, 1:] == 4, axis=1)) < 0.7


def test_where_nothing_is_learnt_it_says_so(monkeypatch):
    monkeypatch.setattr(transformer, "fit_rows", lambda *_: 9.0)
    with pytest.warns(UserWarning, match=r"no more likely than how often .* 9\.000 nats"):
        new().fit(np.eye(3, dtype=int))


# As a layer.


def test_the_config_makes_an_equal_prior_to_load_weights_into(quick):
    prior = new([(1,), (2,)], codebooks=2, classes=["cat", "dog"])
    codes = [np.arange(12).reshape(12, 1) % 3, np.arange(24).reshape(12, 2) % 3]
    prior.fit(codes, ["cat", "dog"] * 6, epochs=1)
    config = keras.saving.serialize_keras_object(prior)
    again = keras.saving.deserialize_keras_object(config)
    again.set_weights(prior.get_weights())
    np.testing.assert_array_equal(again.log_prob(codes, "cat"), prior.log_prob(codes, "cat"))
    draws = [one.sample(9, np.random.default_rng(0)) for one in (prior, again)]
    for ours, theirs in zip(*draws, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert again.nats_per_code == prior.nats_per_code
    assert again.unigram_nats_per_code == prior.unigram_nats_per_code


def test_it_is_of_no_weight_in_training_and_of_full_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        prior = filled()
    finally:
        keras.config.set_dtype_policy(before)
    assert not prior.trainable_weights
    np.testing.assert_array_equal(
        prior.log_prob(all_codes(prior)), filled().log_prob(all_codes(prior))
    )


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: new().fit(np.zeros((1, 3), int)), "at least two examples"),
        (lambda: new().fit(np.zeros((5, 4), int)), r"Received: \[\(5, 4\)\]"),
        (lambda: new().fit(np.full((5, 3), 3)), "whole numbers from 0 to 2"),
        (lambda: new().fit(np.zeros((5, 3), int), epochs=0), "`epochs` must be a whole number"),
        (lambda: new().fit(np.zeros((5, 3), int), labels=[0] * 5), "fitted without classes"),
        (lambda: new(classes=2).fit(np.zeros((5, 3), int)), "asks for a label"),
        (lambda: new(classes=2).fit(np.zeros((5, 3), int), [0, 1]), "each of the 5 examples"),
        (lambda: filled(classes=2).sample(2, np.random.default_rng(0), label=2), "Received: 2"),
        (lambda: filled().sample(2, np.random.default_rng(0), label=0), "without classes"),
        (lambda: filled().sample(2, np.random.default_rng(0), -1.0), "`temperature` must be"),
        (lambda: filled().sample(2, np.random.default_rng(0), top_k=0), "`top_k` must be"),
        (lambda: new(size=70_000), "Received: 70000 codes"),
        (lambda: new(num_heads=3), "`num_heads` must divide"),
    ],
)
def test_what_cannot_be_is_named(call, named):
    with pytest.raises(ValueError, match=named):
        call()
