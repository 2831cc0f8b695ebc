import argparse
import json

import keras
import numpy as np
import pytest

import keras_genae as genae
from keras_genae import datasets
from keras_genae.cli.arguments import add_face_arguments, add_training_arguments
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
def test_a_block_that_fails_leaves_no_results(tmp_path):
    with pytest.raises(RuntimeError), training_run(parse(tmp_path), build_vae):
        raise RuntimeError
    assert not (tmp_path / "metrics.json").exists() and not (tmp_path / "model.keras").exists()
    # The folder is free, and the trained epoch is not lost.
    with training_run(parse(tmp_path, "--resume"), build_vae) as run:
        assert "training_time" not in run.metrics


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
