import ast
import hashlib
import io
import pathlib
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from keras_genae.datasets import celeba, idx, image_files, pipeline
from keras_genae.datasets.celeba import (
    MANUAL_FILES,
    CelebAUnavailable,
    celeba_instructions,
    celeba_is_prepared,
    load_celeba,
)
from keras_genae.datasets.image_files import load_images

tfds = pytest.importorskip("tensorflow_datasets")


def portrait(number):
    """A grey picture, its level its number, with another colour outside the face crop."""
    picture = np.full((218, 178, 3), (255, 0, 255), dtype="uint8")
    picture[35:183, 15:163] = 20 * number
    return picture


def jpeg(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=100, subsampling=0)
    return buffer.getvalue()


def as_dataset_of(pictures):
    import tensorflow as tf

    def as_dataset(self, *args, **kwargs):
        return tf.data.Dataset.from_tensor_slices({"image": [jpeg(each) for each in pictures]})

    return as_dataset


@pytest.fixture
def mocked(monkeypatch):
    monkeypatch.setattr(celeba, "celeba_is_prepared", lambda data_dir: True)
    return tfds.testing.mock_data


@pytest.fixture
def no_network(monkeypatch):
    """Refuse every request, and count them."""
    import requests

    asked = []

    def refuse(self, method, url, **options):
        asked.append(url)
        raise requests.exceptions.ConnectionError("no network")

    monkeypatch.setattr(requests.Session, "request", refuse)
    return asked


@pytest.fixture
def small_celeba(tmp_path, monkeypatch):
    """Six pictures as CelebA's own files, in the folder for files placed by hand."""
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    names = [f"{number:06}.jpg" for number in range(1, 7)]
    with zipfile.ZipFile(manual / "img_align_celeba.zip", "w") as archive:
        for number, name in enumerate(names, start=1):
            archive.writestr(f"img_align_celeba/{name}", jpeg(portrait(number)))

    builder_module = sys.modules[tfds.builder_cls("celeb_a").__module__]
    for file, headings in [
        ("list_attr_celeba.txt", builder_module.ATTR_HEADINGS),
        ("list_landmarks_align_celeba.txt", builder_module.LANDMARK_HEADINGS),
    ]:
        rows = [f"{name} " + " ".join("1" for _ in headings) for name in names]
        (manual / file).write_text("\n".join(["6", " ".join(headings), *rows, ""]))
    # Four pictures for training, one for validation, one for the test.
    splits = [0, 0, 0, 0, 1, 2]
    rows = [f"{name} {split}\n" for name, split in zip(names, splits, strict=True)]
    (manual / "list_eval_partition.txt").write_text("".join(rows))
    identity = "".join(f"{name} " + "1 " * 11 + "\n" for name in names)
    (manual / "identity_CelebA.txt").write_text(identity)
    expect_files(monkeypatch, manual)
    return tmp_path


def expect_files(monkeypatch, manual):
    """Let TFDS expect these files' checksums in the place of the real ones'."""
    checksums = sys.modules["tensorflow_datasets.core.download.checksums"]
    builder = tfds.builder_cls("celeb_a")
    infos = {
        url: checksums.UrlInfo(
            size=(manual / info.filename).stat().st_size,
            checksum=hashlib.sha256((manual / info.filename).read_bytes()).hexdigest(),
            filename=info.filename,
        )
        for url, info in builder.url_infos.items()
    }
    assert sorted(info.filename for info in infos.values()) == sorted(MANUAL_FILES)
    monkeypatch.setattr(builder, "url_infos", infos)


def test_crop_is_the_face_and_nothing_around_it(mocked):
    pictures = [portrait(1), portrait(2), portrait(3)]
    with mocked(as_dataset_fn=as_dataset_of(pictures)):
        images = load_celeba("train", 16, verbose=0)
    assert images.dtype == np.uint8 and images.shape == (3, 16, 16, 3)
    inner = images[:, 1:-1, 1:-1].astype(int)
    np.testing.assert_allclose(inner, np.full_like(inner, 20) * [[[[1]]], [[[2]]], [[[3]]]], atol=2)


def test_crop_equals_the_rows_and_columns_of_the_picture(mocked):
    rows, columns = np.mgrid[0:218, 0:178]
    picture = np.stack([rows, columns, 255 - rows], axis=-1).astype("uint8")
    with mocked(as_dataset_fn=as_dataset_of([picture])):
        whole = load_celeba("train", 148, verbose=0)[0].astype(int)
        tall = load_celeba("train", (148, 74), verbose=0)[0].astype(int)
    for cropped, expected in [
        (whole, picture[35:183, 15:163]),
        (tall, picture[35:183, 52:126]),
    ]:
        # JPEG errs by a few levels; a crop one pixel off is off by one on average.
        np.testing.assert_allclose(cropped, expected, atol=4)
        np.testing.assert_allclose((cropped - expected).mean(axis=(0, 1)), 0, atol=0.2)


def test_same_pixels_as_from_a_folder(mocked, tmp_path):
    noise = np.random.default_rng(0).normal(128, 30, (28, 23, 3)).clip(0, 255).astype("uint8")
    picture = np.asarray(Image.fromarray(noise).resize((178, 218), Image.Resampling.BICUBIC))
    (tmp_path / "a.jpg").write_bytes(jpeg(picture))
    with mocked(as_dataset_fn=as_dataset_of([picture])):
        through_tfds = load_celeba("test", 64, verbose=0).astype(int)
    difference = np.abs(through_tfds - load_images(tmp_path, 64, verbose=0).images)
    assert difference.mean() < 0.2 and difference.max() <= 2


def test_mock_data_of_tfds_and_limit(mocked, capsys):
    with mocked(num_examples=5):
        assert load_celeba("validation", 32, verbose=0).shape == (5, 32, 32, 3)
        assert capsys.readouterr().out == ""
        assert load_celeba("validation", (24, 16), limit=2).shape == (2, 24, 16, 3)
        assert "2/2" in capsys.readouterr().out


def test_prepares_from_files_placed_by_hand_without_network(small_celeba, no_network):
    assert not celeba_is_prepared(small_celeba)
    with pytest.raises(CelebAUnavailable, match="not prepared"):
        load_celeba("train", 16, data_dir=small_celeba)

    train = load_celeba("train", 16, data_dir=small_celeba, download=True, verbose=0)
    assert celeba_is_prepared(small_celeba)
    levels = train[:, 8, 8, 0].astype(int)
    np.testing.assert_allclose(sorted(levels), [20, 40, 60, 80], atol=1)
    again = load_celeba("train", 16, data_dir=str(small_celeba), verbose=0)
    np.testing.assert_array_equal(again, train)
    assert load_celeba("test", 16, data_dir=small_celeba, verbose=0)[0, 8, 8, 0] in (119, 120, 121)
    assert load_celeba("train", 16, data_dir=small_celeba, limit=3, verbose=0).shape[0] == 3
    assert no_network == []


def assert_names_the_three_ways(error, data_dir):
    message = str(error)
    assert "download=True" in message and "--data-dir" in message
    assert all(name in message for name in MANUAL_FILES)
    assert str(data_dir / "downloads" / "manual") in message


def test_no_network_fails_at_the_first_request(tmp_path, no_network):
    with pytest.raises(CelebAUnavailable, match="no network") as caught:
        load_celeba("train", 16, data_dir=tmp_path, download=True)
    assert type(caught.value.__cause__).__name__ == "ConnectionError"
    assert_names_the_three_ways(caught.value, tmp_path)
    assert len(no_network) == 1
    assert list(tmp_path.iterdir()) == []


def test_one_missing_file_needs_the_network(small_celeba, no_network):
    (small_celeba / "downloads" / "manual" / "identity_CelebA.txt").unlink()
    with pytest.raises(CelebAUnavailable, match="no network"):
        load_celeba("train", 16, data_dir=small_celeba, download=True)
    assert len(no_network) == 1


def test_file_downloaded_before_counts(small_celeba):
    downloads = small_celeba / "downloads"
    (downloads / "manual" / "identity_CelebA.txt").unlink()
    assert celeba._files_to_fetch(small_celeba) == ["identity_CelebA.txt"]
    (downloads / "celeb_a").mkdir()
    note = downloads / "celeb_a" / "anything.INFO"
    note.write_text('{"url_info": {"filename": "identity_CelebA.txt"}}')
    assert celeba._files_to_fetch(small_celeba) == []


def test_wrong_checksum_leaves_nothing_that_is_trusted(small_celeba, no_network):
    manual = small_celeba / "downloads" / "manual"
    (manual / "img_align_celeba.zip").write_bytes(b"<html>Quota exceeded</html>")
    for _ in range(2):
        with pytest.raises(CelebAUnavailable, match="NonMatchingChecksumError") as caught:
            load_celeba("train", 16, data_dir=small_celeba, download=True)
        assert_names_the_three_ways(caught.value, small_celeba)
        assert not celeba_is_prepared(small_celeba)


def test_preparation_that_breaks_off_leaves_nothing_that_is_trusted(
    small_celeba, no_network, monkeypatch
):
    # The second picture of the training split is missing from the zip, so writing breaks off.
    archive_path = small_celeba / "downloads" / "manual" / "img_align_celeba.zip"
    with zipfile.ZipFile(archive_path, "w") as archive:
        archive.writestr("img_align_celeba/000001.jpg", jpeg(portrait(1)))
    expect_files(monkeypatch, archive_path.parent)
    with pytest.raises(CelebAUnavailable, match="000002") as caught:
        load_celeba("train", 16, data_dir=small_celeba, download=True)
    assert isinstance(caught.value.__cause__, KeyError)
    assert not celeba_is_prepared(small_celeba)
    assert list((small_celeba / "celeb_a").rglob("*.tfrecord*")) == []


@pytest.mark.parametrize("folder", ["2.1.0", "incomplete.ABCDEF_2.1.0"])
def test_leftovers_are_not_taken_for_the_data_set(tmp_path, folder):
    left = tmp_path / "celeb_a" / folder
    left.mkdir(parents=True)
    (left / "celeb_a-train.tfrecord-00000-of-00002").write_bytes(b"half")
    assert not celeba_is_prepared(tmp_path)
    with pytest.raises(CelebAUnavailable):
        load_celeba("train", 16, data_dir=tmp_path)


def test_foreign_folder_in_its_place_is_named(small_celeba, no_network):
    (small_celeba / "celeb_a" / "2.1.0").mkdir(parents=True)
    with pytest.raises(CelebAUnavailable, match="something other than the prepared"):
        load_celeba("train", 16, data_dir=small_celeba, download=True)


def test_asking_writes_nothing(tmp_path, no_network):
    assert celeba_is_prepared(tmp_path / "nowhere") is False
    assert list(tmp_path.iterdir()) == [] and no_network == []


def test_instructions_know_the_default_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    assert str(tmp_path / "downloads" / "manual") in celeba_instructions()
    monkeypatch.delenv("TFDS_DATA_DIR")
    assert "tensorflow_datasets/downloads/manual" in celeba_instructions()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("training", 64), "`split` should be one of"),
        (("train", 7), "`image_size` should be"),
        (("train", 64, None, False, 0), "`limit` should be"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_celeba(*arguments)


@pytest.mark.parametrize("module", [celeba, idx, image_files, pipeline])
def test_tensorflow_is_imported_only_when_called(module):
    # Under JAX or torch it may not be installed.
    outermost = ast.parse(pathlib.Path(module.__file__).read_text()).body
    imports = [
        ast.unparse(node) for node in outermost if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert imports and not any("tensorflow" in line for line in imports)
