"""What the tests of tuning share: a small search as text, and the models of one."""

import pytest

from keras_genae.tuning import load_config

SEARCH = """\
model: {class: ConvVAE}
data: {source: drawn_faces, image_size: 16, images: 200}
hyperparameters:
  latent_dim: {int: [2, 16], log: true}
  widths: {choice: [[8], [8, 16]]}
objectives: [val_elbo_per_dim, parameters]
oracle: random
budget: {max_trials: 5, epochs: 2, batch_size: 32}
seed: 0
"""


@pytest.fixture
def search_file(tmp_path):
    """Write a search to a file, parts of its text exchanged; return the path."""

    def write(*changes):
        text = SEARCH
        for old, new in changes:
            assert old in text, f"the search has no {old!r}"
            text = text.replace(old, new, 1)
        path = tmp_path / "search.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def config_with(search_file):
    """The config of a search, parts of its text exchanged."""
    return lambda *changes: load_config(search_file(*changes))
