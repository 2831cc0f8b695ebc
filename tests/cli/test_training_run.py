import argparse
import json
import shutil
import zlib

import keras
import numpy as np
import pytest
from PIL import Image

import keras_genae as genae
from keras_genae import datasets
from keras_genae.cli.arguments import add_face_arguments, add_training_arguments
from keras_genae.cli.provenance import Split, crc32_of, split_of_model
from keras_genae.cli.training import what_was_kept
from keras_genae.cli.training_run import add_model_argument, training_run
from keras_genae.cli.vae import add_vae_arguments, build_vae

SMALL = ["--dataset", "drawn", "--images", "40", "--image-size", "8"]


def parse(folder, *words):
    parser = argparse.ArgumentParser()
    add_face_arguments(parser)
    add_vae_arguments(parser)
    add_model_argument(parser)
    add_training_arguments(parser, epochs=1, output_dir="unused")
    model = ["--latent-dim", "2", "--widths", "4"]
    return parser.parse_args([*SMALL, *model, "--output-dir", str(folder), *words])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a run, and what its block saw."""
    folder = tmp_path_factory.mktemp("run")
    with training_run(parse(folder), build_vae) as run:
        run.metrics["answer"] = (42, "of everything")
    return folder, run


def test_nine_of_ten_images_are_trained_on_and_labels_go_with_their_images(finished):
    _, run = finished
    assert len(run.training) == 36 and len(run.validation) == 4
    images, factors = datasets.draw_faces(40, 8, seed=0)
    for part, labels in (
        (run.training, run.training_labels),
        (run.validation, run.validation_labels),
    ):
        places = [int(np.flatnonzero((images == image).all(axis=(1, 2, 3)))[0]) for image in part]
        np.testing.assert_array_equal(labels["age"], factors["age"][places])


def test_what_the_block_measured_is_kept_with_the_model(finished):
    folder, run = finished
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["answer"] == {"value": 42, "unit": "of everything"}
    assert metrics["data"]["value"] == "drawn faces, 40 images"
    assert metrics["training_images"]["value"] == 36
    assert (folder / "training_curves.png").exists()
    saved = keras.saving.load_model(folder / "model.keras")
    np.testing.assert_array_equal(saved.encode(run.validation), run.model.encode(run.validation))


@pytest.mark.slow
def test_a_block_that_fails_costs_neither_the_model_nor_what_training_measured(tmp_path):
    with pytest.raises(RuntimeError), training_run(parse(tmp_path), build_vae) as run:
        run.metrics["answer"] = (42, "of everything")
        raise RuntimeError
    saved = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(saved.encode(run.validation), run.model.encode(run.validation))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["training_images"]["value"] == 36 and "answer" not in metrics
    # The folder is free, and the trained epoch is not lost.
    with training_run(parse(tmp_path, "--resume"), build_vae) as run:
        assert "training_time" not in run.metrics


@pytest.mark.slow
def test_the_epoch_of_the_lowest_validation_loss_is_kept_and_named(tmp_path, capsys, monkeypatch):
    evaluate = genae.ConvVAE.evaluate
    losses = iter([3.0, 1.0, 2.0])

    def judged(self, *arguments, **options):
        return {**evaluate(self, *arguments, **options), "loss": next(losses)}

    monkeypatch.setattr(genae.ConvVAE, "evaluate", judged)
    with training_run(parse(tmp_path, "--epochs", "3"), build_vae) as run:
        pass
    out = capsys.readouterr().out
    assert "Kept epoch 2 of 3: validation loss 1, after the last 2." in out
    assert run.metrics["kept_epoch"][0] == 2
    assert "\b" not in out and out.count("36/36") + out.count("step - ") == 3  # A line an epoch.


@pytest.mark.slow
def test_a_run_that_diverges_says_so_before_it_draws(tmp_path, monkeypatch):
    monkeypatch.setattr(genae.ConvVAE, "evaluate", lambda *_, **__: {"loss": float("nan")})
    with (
        pytest.raises(ValueError, match=r"diverged.*smaller --learning-rate"),
        training_run(parse(tmp_path), build_vae),
    ):
        raise AssertionError("drawn")
    assert what_was_kept({"val_loss": [2.5, 1.25]}, 2) == "Kept epoch 2 of 2: validation loss 1.25."


@pytest.mark.slow
def test_faces_are_called_unseen_only_where_that_is_known(finished, tmp_path):
    folder, before = finished
    assert before.are_unseen and before.faces == "unseen faces"
    model = str(folder / "model.keras")

    def faces_of(name, *words):
        with training_run(parse(tmp_path / name, "--model", *words), build_vae) as run:
            return run.faces

    assert faces_of("same", model) == "unseen faces"
    # Also with the model that this run left.
    assert faces_of("again", str(tmp_path / "same" / "model.keras")) == "unseen faces"
    # Another split or other images: some of these were trained on, or nobody knows.
    assert faces_of("seed", model, "--seed", "1") == "faces"
    assert faces_of("fewer", model, "--images", "30") == "faces"
    # A file without its record, and one beside the record of another.
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(model, alone / "model.keras")
    assert faces_of("copied", str(alone / "model.keras")) == "faces"
    shutil.copy(folder / "training_data.json", alone)
    assert faces_of("both", str(alone / "model.keras")) == "unseen faces"
    before.model.save(alone / "model.keras")  # Another file, of the same name.
    (alone / "model.keras").write_bytes((alone / "model.keras").read_bytes() + b"\0")
    assert split_of_model(alone / "model.keras") is None


def test_a_taken_folder_is_told_before_the_data_are_read(finished):
    folder, _ = finished

    def load(arguments):
        raise AssertionError("read the data")

    with (
        pytest.raises(ValueError, match="already holds a run"),
        training_run(parse(folder), build_vae, load),
    ):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 12])
def test_few_photos_are_enough(tmp_path, count):
    with training_run(parse(tmp_path, "--images", str(count)), build_vae) as run:
        assert len(run.training) == count - 1 and len(run.validation) == 1
    assert (tmp_path / "model.keras").exists()


def test_one_photo_is_refused_in_words(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (9, 9)).save(photos / "a.png")
    arguments = parse(tmp_path / "run", "--data-dir", str(photos))
    arguments.dataset = None
    with (
        pytest.raises(ValueError, match=r"Two images are the least.*1 image"),
        training_run(arguments, build_vae),
    ):
        pass


def test_the_split_has_a_tenth_within_bounds():
    sizes = [2, 4, 15, 40, 99_999, 200_000]
    wanted = [1, 1, 2, 4, 10_000, 10_000]
    for size, count in zip(sizes, wanted, strict=True):
        images = np.zeros((size, 1), "uint8")
        training, validation = Split.of(images, seed=0).divide(images)
        assert (len(training), len(validation)) == (size - count, count)


def test_the_checksum_is_that_of_all_bytes(rng, tmp_path):
    images = rng.integers(0, 256, (5000, 2, 2, 3), dtype="uint8")
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert crc32_of(images) == crc32_of(mapped) == zlib.crc32(images.tobytes())
    assert crc32_of(images[::-1]) != crc32_of(images)


@pytest.mark.slow
def test_training_from_a_cache_is_training_from_memory_bit_for_bit(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for i, image in enumerate(datasets.draw_faces(20, 8, seed=0)[0]):
        Image.fromarray(image).save(photos / f"{i:02}.png")

    def run(name, *words):
        arguments = parse(tmp_path / name, "--data-dir", str(photos), *words)
        arguments.dataset = None
        with training_run(arguments, build_vae) as run:
            return run

    plain, cached = run("plain"), run("cached", "--cache", str(tmp_path / "faces.npy"))
    assert isinstance(cached.training, datasets.MappedRows)
    np.testing.assert_array_equal(plain.training, cached.training[:])
    np.testing.assert_array_equal(plain.validation, cached.validation)
    for a, b in zip(plain.model.get_weights(), cached.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    # The same data, so the one goes on with what the other began.
    settings = [(tmp_path / name / "settings.json").read_text() for name in ("plain", "cached")]
    assert settings[0] == settings[1]


def test_a_trained_model_is_used_as_it_is(finished, tmp_path):
    folder, before = finished
    # The size of the images is the model's, whatever the command line says.
    words = ("--model", str(folder / "model.keras"), "--image-size", "64")
    with training_run(parse(tmp_path, *words), build_vae) as run:
        assert run.validation.shape == (4, 8, 8, 3)
    np.testing.assert_array_equal(
        run.model.encode(run.validation), before.model.encode(run.validation)
    )
    assert not (tmp_path / "checkpoint").exists()


def test_a_model_of_other_data_is_refused(tmp_path):
    path = tmp_path / "model.keras"
    genae.Autoencoder((8,), latent_dim=2, widths=(4,)).save(path)
    arguments = parse(tmp_path / "run", "--model", str(path))
    with (
        pytest.raises(ValueError, match=r"of colour images.*Autoencoder of \(8,\)"),
        training_run(arguments, build_vae),
    ):
        pass
