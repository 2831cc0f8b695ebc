import numpy as np
import pytest
from quantised import all_differ
from zoo import build, compiled, examples

from keras_genae import FSQVAE


def test_there_is_nothing_but_the_reconstruction():
    model = compiled(build("FSQVAE"), run_eagerly=True)
    logs = model.evaluate(examples((16,), 12), verbose=0, return_dict=True)
    assert model.term_names == ("reconstruction_loss",)
    assert logs["loss"] == logs["reconstruction_loss"]
    assert not model.quantiser.weights and model.codebook_size == 60


def test_levels_are_given_for_each_entry_or_for_all():
    assert FSQVAE((16,), levels=(8, 6, 5), widths=(4,)).codebook_size == 240
    one = FSQVAE((16,), latent_dim=3, levels=4, widths=(4,))
    assert one.codebook_size == 64 and one.get_config()["levels"] == (4, 4, 4)
    assert FSQVAE((16,), latent_dim=2, widths=(4,)).codebook_size == 25
    all_differ("FSQVAE", {"levels": (4, 3, 4)}, {"levels": 5}, {"groups": 4})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": (8, 5), "latent_dim": 3}, r"leave it out\. Received: levels=\(8, 5\)"),
        ({"levels": (8, 1)}, r"`levels\[i\]` must be a whole number of at least 2"),
        ({"levels": 5}, "`latent_dim` must be a whole number"),
        ({"levels": (100,) * 4}, "Take fewer of them"),
    ],
)
def test_wrong_arguments_say_what_is_right(arguments, message):
    with pytest.raises(ValueError, match=message):
        FSQVAE((16,), **arguments)


def test_the_straight_through_gradient_reaches_the_encoder():
    model = compiled(build("FSQVAE"), run_eagerly=True)
    before = model.encoder.get_weights()
    model.train_on_batch(examples((16,), 12))
    moved = [np.any(a != b) for a, b in zip(before, model.encoder.get_weights(), strict=True)]
    assert all(moved)
