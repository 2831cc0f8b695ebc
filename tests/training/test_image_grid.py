import ast
import copy
import importlib.util
import pathlib

import keras
import numpy as np
import pytest
from PIL import Image

from keras_genae import pixels
from keras_genae.training import image_grid
from keras_genae.training.image_grid import ImageGrid

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 1), dtype="uint8")


class TinyModel(keras.Model):
    """Reconstructs a negative; its samples are as grey as their seed."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)
        self.output_scale = 1.0

    def call(self, x):
        return self.dense(x)

    def reconstruct(self, images, verbose="auto"):
        assert verbose == 0
        return self.output_scale * (1.0 - images.astype("float32") / 255.0)

    def sample(self, n, seed=None):
        return np.full((n, 4, 4, 1), seed / 255.0, "float32")


def train(callback, epochs, **arguments):
    model = TinyModel()
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    model.fit(
        np.ones((2, 1)),
        np.ones((2, 1)),
        epochs=epochs,
        callbacks=[callback],
        verbose=0,
        **arguments,
    )


def on_epoch_end(callback, epoch, model=None):
    callback.set_model(model or TinyModel())
    callback.on_epoch_end(epoch)


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_originals_reconstructions_and_samples_in_one_picture(tmp_path):
    on_epoch_end(ImageGrid(IMAGES, tmp_path, samples=2, seed=77), epoch=0)
    picture = read(tmp_path / "epoch-0001.png")
    # Three rows and columns of 4 x 4 pixels with a white pixel between.
    assert picture.shape == (14, 14, 3)
    for column in range(3):
        part = slice(5 * column, 5 * column + 4)
        for channel in range(3):
            np.testing.assert_array_equal(picture[:4, part, channel], IMAGES[column, ..., 0])
            np.testing.assert_array_equal(picture[5:9, part, channel], 255 - IMAGES[column, ..., 0])
    assert (picture[10:, :4] == 77).all() and (picture[10:, 5:9] == 77).all()
    assert (picture[10:, 10:] == 255).all()


def test_many_images_go_on_in_another_pair_of_rows(tmp_path):
    images = np.repeat(IMAGES[:1], 17, axis=0)
    on_epoch_end(ImageGrid(images, tmp_path), epoch=0)
    picture = read(tmp_path / "epoch-0001.png")
    # 9 and 8 images.
    assert picture.shape == (4 * 5 - 1, 9 * 5 - 1, 3)
    np.testing.assert_array_equal(picture[10:14, 35:39, 0], images[0, ..., 0])
    np.testing.assert_array_equal(picture[15:19, 35:39, 0], 255 - images[0, ..., 0])
    assert (picture[10:, 40:] == 255).all()


def test_every_nth_epoch_is_written_while_training(tmp_path):
    folder = tmp_path / "new" / "folder"
    train(ImageGrid(IMAGES, folder, every=2), epochs=5)
    assert sorted(path.name for path in folder.iterdir()) == ["epoch-0002.png", "epoch-0004.png"]


def test_a_resumed_training_counts_on(tmp_path):
    train(ImageGrid(IMAGES, tmp_path), epochs=4, initial_epoch=3)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0004.png"]


def test_only_epoch_hooks_are_used():
    hooks = [name for name in vars(ImageGrid) if name.startswith("on_")]
    assert sorted(hooks) == ["on_epoch_end", "on_train_end"]


def test_a_model_that_diverged_does_not_end_the_training(tmp_path):
    model = TinyModel()
    model.output_scale = float("nan")
    on_epoch_end(ImageGrid(IMAGES, tmp_path), epoch=0, model=model)
    picture = read(tmp_path / "epoch-0001.png")
    assert (picture[5:9, :4] == 0).all()


def test_a_copy_writes_the_same_picture(tmp_path):
    callback = ImageGrid(IMAGES, tmp_path / "a", tensorboard=tmp_path / "logs")
    twin = copy.deepcopy(callback)
    twin.folder = tmp_path / "b"
    on_epoch_end(callback, epoch=0)
    on_epoch_end(twin, epoch=0)
    np.testing.assert_array_equal(
        read(tmp_path / "a" / "epoch-0001.png"), read(tmp_path / "b" / "epoch-0001.png")
    )


def test_a_copy_can_be_made_while_the_writer_is_open(tmp_path):
    callback = ImageGrid(IMAGES, tmp_path, tensorboard=tmp_path / "logs")
    on_epoch_end(callback, epoch=0)
    callback.set_model(None)
    assert copy.deepcopy(callback).tensorboard == callback.tensorboard
    callback.on_train_end()


def test_tensorboard_gets_the_same_picture(tmp_path):
    tensorflow = pytest.importorskip("tensorflow")
    callback = ImageGrid(IMAGES, tmp_path, tensorboard=tmp_path / "logs")
    assert not (tmp_path / "logs").exists()
    train(callback, epochs=2)
    (events,) = (tmp_path / "logs").iterdir()
    pictures = {}
    for record in tensorflow.data.TFRecordDataset(str(events)):
        event = tensorflow.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            # Width, height, then the pictures as PNG.
            pictures[event.step] = value.tensor.string_val[2]
    assert sorted(pictures) == [0, 1]
    np.testing.assert_array_equal(
        tensorflow.io.decode_png(pictures[1]).numpy(), read(tmp_path / "epoch-0002.png")
    )


@pytest.mark.parametrize("missing", ["tensorflow", "tensorboard"])
def test_without_tensorboard_the_error_comes_at_construction(missing, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == missing else find(name, *rest),
    )
    with pytest.raises(ImportError, match=f"pip install {missing}"):
        ImageGrid(IMAGES, tmp_path, tensorboard=tmp_path)
    ImageGrid(IMAGES, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"images": IMAGES[..., 0]}, "`images`"),
        ({"images": IMAGES[:0]}, "at least one picture"),
        ({"images": IMAGES + 0.5}, r"from 0.5|finite floats"),
        ({"every": 0}, "`every`"),
        ({"samples": -1}, "`samples`"),
    ],
)
def test_wrong_arguments_are_refused_at_construction(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        ImageGrid(**{"images": IMAGES, "folder": tmp_path, **arguments})


@pytest.mark.parametrize("module", [image_grid, pixels])
def test_matplotlib_is_not_imported(module):
    imported = []
    for node in ast.walk(ast.parse(pathlib.Path(module.__file__).read_text())):
        if isinstance(node, ast.Import):
            imported += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported.append(node.module)
    assert "numpy" in imported
    assert not any(name.startswith(("matplotlib", "keras_genae.vis")) for name in imported)
