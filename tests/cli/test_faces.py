import argparse

import numpy as np
import pytest
from PIL import Image

from keras_genae import datasets
from keras_genae.cli import faces
from keras_genae.cli.arguments import add_face_arguments, add_training_arguments


def parse(*words):
    parser = argparse.ArgumentParser()
    add_face_arguments(parser)
    add_training_arguments(parser, epochs=1, output_dir="runs/x")
    return parser.parse_args([*words, "--images", "12", "--image-size", "16"])


@pytest.fixture
def no_celeba(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("asked for CelebA")

    monkeypatch.setattr(datasets, "celeba_is_prepared", lambda: False)
    monkeypatch.setattr(datasets, "load_celeba", refuse)


def test_auto_draws_faces_where_celeba_is_not_prepared_and_says_how_to_get_it(no_celeba, capsys):
    data = faces.load_faces(parse())
    images, factors = datasets.draw_faces(12, 16, seed=0)
    np.testing.assert_array_equal(data.images, images)
    np.testing.assert_array_equal(data.labels["smile"], factors["smile"])
    assert data.source == "drawn faces, 12 images"
    line = next(line for line in capsys.readouterr().out.splitlines() if "Three ways" in line)
    for way in ("--dataset celeba", "downloads/manual", "--data-dir img_align_celeba.zip"):
        assert way in line


def test_drawn_faces_asked_for_by_name_come_without_advice(no_celeba, capsys):
    faces.load_faces(parse("--dataset", "drawn"))
    assert "CelebA" not in capsys.readouterr().out


@pytest.mark.parametrize(("words", "download"), [((), False), (("--dataset", "celeba"), True)])
def test_celeba_is_downloaded_only_when_asked_for(monkeypatch, words, download):
    asked = []

    def load(split, size, download, limit):
        asked.append(download)
        return np.zeros((limit, size, size, 3), "uint8")

    monkeypatch.setattr(datasets, "celeba_is_prepared", lambda: True)
    monkeypatch.setattr(datasets, "load_celeba", load)
    assert faces.load_faces(parse(*words)).source == "CelebA, 12 images"
    assert asked == [download]


def test_a_folder_of_images(tmp_path, no_celeba):
    for i in range(3):
        Image.new("RGB", (20, 20), (i, 0, 0)).save(tmp_path / f"{i}.png")
    data = faces.load_faces(parse("--data-dir", str(tmp_path)))
    assert data.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert data.source == f"{tmp_path.name}, 3 images"
    with pytest.raises(ValueError, match="leave --dataset out"):
        faces.load_faces(parse("--data-dir", str(tmp_path), "--dataset", "drawn"))


def test_a_folder_of_images_with_labels(tmp_path, no_celeba):
    for i in range(3):
        Image.new("RGB", (20, 20), (i, 0, 0)).save(tmp_path / f"{i}.png")
    table = tmp_path / "labels.csv"
    table.write_text("file,smile\n2.png,7\n0.png,5\n")
    data = faces.load_faces(parse("--data-dir", str(tmp_path)), table)
    assert data.images[:, 0, 0, 0].tolist() == [0, 2]
    assert data.labels["smile"].tolist() == [5.0, 7.0]
    assert data.source == f"{tmp_path.name}, 2 images"
    with pytest.raises(ValueError, match="without --data-dir"):
        faces.load_faces(parse(), table)


@pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf", "x"])
def test_rates_are_positive_numbers(rate, capsys):
    with pytest.raises(SystemExit):
        parse("--learning-rate", rate)
    assert "must be a number above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [("--epochs", "0"), ("--batch", "x"), ("--image-size", "7"), ("--seed", "-1")]
)
def test_bad_numbers_are_told_by_the_command_line(words, capsys):
    with pytest.raises(SystemExit):
        argparser = argparse.ArgumentParser()
        add_face_arguments(argparser)
        add_training_arguments(argparser, epochs=1, output_dir="runs/x")
        argparser.parse_args(words)
    assert "must be a whole number from" in capsys.readouterr().err


def folder_of_images(tmp_path, count=3):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(count):
        Image.new("RGB", (20, 20), (i, 0, 0)).save(folder / f"{i}.png")
    return folder


def test_images_in_a_cache_and_their_labels(tmp_path, no_celeba):
    folder, cache = folder_of_images(tmp_path), tmp_path / "faces.npy"
    table = tmp_path / "labels.csv"
    table.write_text("file,smile\n2.png,7\n0.png,5\n")
    data = faces.load_faces(parse("--data-dir", str(folder), "--cache", str(cache)), table)
    assert cache.exists() and isinstance(data.images, datasets.MappedRows)
    assert data.images[:][:, 0, 0, 0].tolist() == [0, 2]
    with pytest.raises(ValueError, match="without --data-dir"):
        faces.load_faces(parse("--cache", str(cache)))


def test_many_images_are_kept_in_the_output_folder(tmp_path, no_celeba, monkeypatch, capsys):
    folder = folder_of_images(tmp_path)
    words = ("--data-dir", str(folder), "--output-dir", str(tmp_path / "out"))
    assert isinstance(faces.load_faces(parse(*words)).images, np.ndarray)
    monkeypatch.setattr(faces, "LARGE", 3 * 16 * 16 * 3 - 1)
    data = faces.load_faces(parse(*words))
    assert isinstance(data.images, datasets.MappedRows)
    assert (tmp_path / "out" / "images.npy").exists()
    assert "The 3 images take" in capsys.readouterr().out


def test_images_without_labels_are_counted(tmp_path, no_celeba, capsys):
    table = tmp_path / "labels.csv"
    table.write_text("file,smile\n2.png,7\n0.png,5\n")
    faces.load_faces(parse("--data-dir", str(folder_of_images(tmp_path))), table)
    assert "Left out: 1 of 3 images, which have no labels." in capsys.readouterr().out
