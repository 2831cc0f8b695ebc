"""What holds for every model of the zoo."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from zoo import (
    ALL,
    build,
    code_dtype,
    code_shapes,
    compare_codes,
    examples,
    labelled,
    labels,
    trained,
)


@ALL
def test_fit_lowers_the_loss_on_held_out_data(name):
    model, held_out, history, before = trained(name)
    after = model.evaluate(labelled(model, held_out), batch_size=16, verbose=0, return_dict=True)
    assert after["loss"] < before["loss"]
    # What a discriminator says of a batch of 16 outweighs in FactorVAE what it has learnt.
    term = "reconstruction_loss" if "total_correlation_loss" in history else "loss"
    assert history[term][-1] < history[term][0]
    # Evaluated with the same noise, the last epoch's validation is this evaluation.
    assert after["loss"] == history["val_loss"][-1]


@ALL
def test_history_holds_every_term_of_training_and_validation(name):
    model, _, history, _ = trained(name)
    names = {"loss", *model.term_names, *model.measure_names}
    if hasattr(model, "codebook_size"):
        names |= {"codebook_usage", "perplexity"}
    assert set(history) == names | {f"val_{name}" for name in names}
    assert all(np.isfinite(values).all() and len(values) == 4 for values in history.values())


@ALL
def test_the_loss_is_the_weighted_sum_of_the_terms(name):
    model, _, history, _ = trained(name)
    weights = {term: float(model.term_weights.get(term, 1.0)) for term in model.term_names}
    for prefix in ("", "val_"):
        total = sum(weight * np.array(history[prefix + term]) for term, weight in weights.items())
        np.testing.assert_allclose(history[f"{prefix}loss"], total, rtol=1e-5)


@ALL
def test_evaluating_twice_gives_the_same_numbers(name):
    model, held_out, _, _ = trained(name)
    once, twice = (
        model.evaluate(labelled(model, held_out), batch_size=16, verbose=0, return_dict=True)
        for _ in range(2)
    )
    assert once == twice


@ALL
def test_what_a_trained_model_says_is_deterministic(name):
    model, x, _, _ = trained(name)
    data = labelled(model, x)
    for method in (model.encode, model.reconstruct, model.predict):
        once, twice = method(data, verbose=0), method(data, verbose=0)
        compare_codes(np.testing.assert_array_equal, once, twice)


@ALL
def test_predict_reconstruct_and_decode_of_encode_agree(name):
    model, x, _, _ = trained(name)
    data, y = labelled(model, x), labels(model, len(x))
    reconstructed = model.reconstruct(x, y, verbose=0)
    # Other graphs of the same arithmetic: the compiler may order a sum differently.
    np.testing.assert_allclose(model.predict(data, verbose=0), reconstructed, atol=1e-6)
    called = model(model.call_input(model.unpack((data,))), training=True)
    np.testing.assert_allclose(called, reconstructed, atol=1e-6)
    by_hand = model.decode(model.encode(x, y, verbose=0), y, verbose=0)
    np.testing.assert_allclose(by_hand, reconstructed, atol=1e-6)


@ALL
def test_results_are_float32_or_indices_and_images_lie_in_the_unit_interval(name):
    model, x, _, _ = trained(name)
    data = labelled(model, x)
    codes, mean = keras.tree.flatten(model.encode(data)), model.reconstruct(data)
    assert {part.dtype.name for part in codes} == {code_dtype(model)}
    assert [z.shape for z in codes] == [(len(x), *shape) for shape in code_shapes(model)]
    assert mean.shape == x.shape and mean.dtype == "float32"
    if model.is_image:
        assert mean.min() >= 0.0 and mean.max() <= 1.0


@ALL
def test_bytes_are_pixels_over_255(name):
    model, x, _, _ = trained(name)
    if not model.is_image:
        pytest.skip("Vectors are floats.")
    pixels = np.round(x * 255).astype("uint8")
    floats = labelled(model, pixels.astype("float32") / 255.0)
    pixels = labelled(model, pixels)
    # TensorFlow turns the division into a product with 1/255: the last binary digit may differ, and
    # layers make a few of it.
    codes = model.encode(pixels), model.encode(floats)
    compare_codes(np.testing.assert_allclose, *codes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.reconstruct(pixels), model.reconstruct(floats), atol=1e-6)
    np.testing.assert_allclose(
        model.evaluate(pixels, verbose=0), model.evaluate(floats, verbose=0), rtol=1e-6
    )


@ALL
def test_data_of_any_size_run_through_one_trace(name):
    model, _, _, _ = trained(name)
    x = examples(model.input_shape)
    model.compiled_functions.clear()
    for count in (1, 2, 3, 7, 16, 20):
        some, y = x[:count], labels(model, count)
        model.reconstruct(some, y, batch_size=4)
        model.decode(model.encode(some, y), y, batch_size=5)
    assert len(model.compiled_functions) == 3
    for function in model.compiled_functions.values():
        assert function.experimental_get_tracing_count() == 1


@ALL
def test_every_kind_of_input_gives_the_same_codes(name):
    model, x, _, _ = trained(name)
    y = labels(model, len(x))
    expected = model.encode(x, y, batch_size=8)
    for data in (tf.constant(x), x.astype("float64")):
        codes = model.encode(data, y, batch_size=8)
        compare_codes(np.testing.assert_array_equal, codes, expected)
    dataset = tf.data.Dataset.from_tensor_slices(labelled(model, x)).batch(8)
    pairs = (x, np.arange(len(x)) if y is None else y)
    pairs = tf.data.Dataset.from_tensor_slices(pairs).batch(8)
    unknown_length = dataset.filter(lambda batch: True)
    for data in (dataset, pairs, unknown_length):
        compare_codes(np.testing.assert_array_equal, model.encode(data), expected)
    np.testing.assert_array_equal(model.reconstruct(pairs), model.reconstruct(x, y, batch_size=8))


@ALL
def test_the_config_makes_the_same_model(name):
    model = build(name)
    again = type(model).from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert [v.shape for v in again.variables] == [v.shape for v in model.variables]
    # And through JSON, as in a `.keras` file.
    serialized = keras.saving.serialize_keras_object(model)
    loaded = keras.saving.deserialize_keras_object(serialized)
    assert type(loaded) is type(model) and loaded.get_config() == model.get_config()


@ALL
def test_a_copy_of_a_config_shares_no_weights(name):
    model = build(name)
    again = type(model).from_config(model.get_config())
    assert not {id(v) for v in model.variables} & {id(v) for v in again.variables}


@ALL
def test_loss_terms_are_one_float32_number_an_example(name):
    model, x, _, _ = trained(name)
    terms = model.loss_terms(model.unpack((labelled(model, x),)), training=False)
    assert tuple(terms) == (*model.term_names, *model.measure_names)
    for term in terms.values():
        assert tuple(term.shape) == (len(x),) and term.dtype == tf.float32
    total = ops.convert_to_numpy(model.weighted_sum(terms))
    assert total.shape == (len(x),)
