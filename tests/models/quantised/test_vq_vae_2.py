import keras
import numpy as np
import pytest
from quantised import all_differ
from zoo import WIDTHS, build, compiled, examples, same

from keras_genae import VQVAE, VQVAE2

X = examples((12, 12, 1), 24)


@pytest.mark.parametrize("codebook", ["ema", "gradient"])
def test_with_the_top_off_it_is_the_vq_vae_of_its_bottom(codebook):
    options = {"codebook": codebook, "restarts": False}
    both = build("VQVAE2", **options)
    plain = VQVAE((12, 12, 1), 3, codebook_size=8, widths=WIDTHS, seed=0, **options)
    for name in ("encoder", "decoder"):
        getattr(plain, name).set_weights(getattr(both, name).get_weights())
    quantiser = both.quantiser
    plain.quantiser.embeddings.assign(quantiser.bottom.embeddings)
    # Before training what comes down from the top is 0; the top itself still pulls on the encoder.
    np.testing.assert_array_equal(both.reconstruct(X), plain.reconstruct(X))
    for network in (quantiser.down, quantiser.up):
        network.set_weights([0.0 * weight for weight in network.get_weights()])
    logs = []
    for model in (both, plain):
        compiled(model, keras.optimizers.SGD(1e-3), run_eagerly=True)
        steps = [model.train_on_batch(X[i : i + 8], return_dict=True) for i in (0, 8)]
        logs.append([float(step["reconstruction_loss"]) for step in steps])
    assert logs[0] == logs[1]
    assert same(both.encoder.get_weights(), plain.encoder.get_weights())
    assert same(both.decoder.get_weights(), plain.decoder.get_weights())
    np.testing.assert_array_equal(both.encode(X)[1], plain.encode(X))


def test_the_bottom_and_the_decoder_hear_of_the_top():
    model = build("VQVAE2")
    for name in ("heard", "said"):
        model.quantiser.up.get_layer(name).kernel.assign(np.ones((1, 1, 32, 3)))
    z = [np.array(level) for level in model.encode(X)]
    other = [(z[0] + 1) % 8, z[1]]
    assert np.any(model.decode(other) != model.decode(z))
    silent = build("VQVAE2")
    np.testing.assert_array_equal(silent.decode(other), silent.decode(z))
    assert np.any(silent.encode(X)[1] != z[1])


def test_both_levels_pay():
    model = build("VQVAE2")
    code = model.posterior(X)
    terms = model.loss_terms(model.unpack((X,)), training=False)
    by_hand = sum(np.float64(level.distances).sum((1, 2)) for level in code.levels)
    np.testing.assert_allclose(terms["commitment_loss"], by_hand, rtol=1e-4)


@pytest.mark.slow
def test_every_argument_changes_the_loss():
    all_differ("VQVAE2", {"codebook": "gradient"}, {"commitment": 1.0}, {"restarts": False})


def test_codes_of_another_structure_are_refused():
    model = build("VQVAE2")
    top, bottom = model.encode(X)
    for z, message in (
        (bottom, "a list of two"),
        ([bottom, top], r"`z\[0\]` must hold indices.*\(n, 2, 2\)"),
        ([top, bottom + 8], r"`z\[1\]` must hold indices"),
        ([top[:1], bottom], "24 of the bottom"),
    ):
        with pytest.raises(ValueError, match=message):
            model.decode(z)
    with pytest.raises(ValueError, match="Two levels are of maps"):
        VQVAE2((12, 12, 1), 3, network="mlp", widths=(4,))
