import os
import signal
import subprocess
import sys
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from keras_genae import files as aside_files
from keras_genae.datasets import image_files
from keras_genae.datasets.image_files import load_images
from keras_genae.datasets.mapped_rows import mapping_of


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(12):
        pixels = rng.integers(0, 256, (20, 20, 3), dtype="uint8")
        Image.fromarray(pixels).save(folder / f"{i:02}.png")
    return folder


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "faces.npy"


def load(path, cache=None, size=16, **options):
    return load_images(path, size, cache=cache, **{"verbose": 0, **options})


def forbid_decoding(monkeypatch):
    def refuse(*_):
        raise AssertionError("decoded again")

    monkeypatch.setattr(image_files, "_pictures", refuse)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_the_images_are_those_in_memory_and_are_decoded_once(photos, cache, kind, monkeypatch):
    path = photos
    if kind == "zip":
        path = photos.parent / "photos.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in photos.iterdir():
                archive.write(file, file.name)
    plain = load(path)
    cached = load(path, cache)
    forbid_decoding(monkeypatch)
    again = load(path, cache)
    for files in (cached, again):
        assert mapping_of(files.images) is not None and not files.images.flags.writeable
        np.testing.assert_array_equal(files.images, plain.images)
        assert (files.names, files.skipped, files.left_out) == (plain.names, (), ())
    # Any program that reads .npy files reads it.
    np.testing.assert_array_equal(np.load(cache), plain.images)
    assert sorted(p.name for p in cache.parent.glob("*.npy*")) == ["faces.npy"]


def change_a_file(photos):
    Image.new("RGB", (21, 21), "red").save(photos / "03.png")


def touch_a_file(photos):
    os.utime(photos / "03.png", ns=(0, 0))


def add_a_file(photos):
    Image.new("RGB", (20, 20), "red").save(photos / "99.png")


def remove_a_file(photos):
    (photos / "03.png").unlink()


def rename_a_file(photos):
    (photos / "03.png").rename(photos / "x.png")


CHANGES = [change_a_file, touch_a_file, add_a_file, remove_a_file, rename_a_file]


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_changed_files_make_it_anew_and_it_says_so(photos, cache, change, capsys):
    load(photos, cache, verbose=1)
    assert "anew" not in capsys.readouterr().out
    change(photos)
    files = load(photos, cache, verbose=1)
    assert "faces.npy is made anew: the files have changed." in capsys.readouterr().out
    np.testing.assert_array_equal(files.images, load(photos).images)
    assert files.names == load(photos).names


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"size": (16, 8)}, "image size was [16, 16] and is [16, 8]"),
        ({"crop": "center"}, "crop was auto and is center"),
        ({"limit": 5}, "the files have changed"),
    ],
)
def test_other_options_make_it_anew_and_it_says_why(photos, cache, options, why, capsys):
    load(photos, cache)
    files = load(photos, cache, verbose=1, **options)
    assert f"made anew: {why}" in capsys.readouterr().out
    np.testing.assert_array_equal(files.images, load(photos, **options).images)


def test_a_moved_folder_or_cache_is_the_same(photos, cache, monkeypatch):
    load(photos, cache)
    moved = photos.rename(photos.parent / "elsewhere")
    other = cache.rename(cache.parent / "other.npy")
    forbid_decoding(monkeypatch)
    assert len(load(moved, other).images) == 12


def test_what_could_not_be_read_is_told_each_time(photos, cache, monkeypatch):
    (photos / "05.png").write_bytes(b"damaged")
    (photos / "x.heic").write_bytes(b"something")
    with pytest.warns(UserWarning, match=r"1 of 12 image files.*05\.png \(.*1 \.heic"):
        files = load(photos, cache)
    forbid_decoding(monkeypatch)
    with pytest.warns(UserWarning, match=r"1 of 12 image files.*05\.png \(.*1 \.heic"):
        again = load(photos, cache)
    for read in (files, again):
        assert len(read.images) == len(read.names) == 11
        assert read.skipped == ("05.png",) and read.left_out == ("x.heic",)


@pytest.mark.parametrize("kept", [0, 1, 60, 128, 2000, -400, -1])
def test_a_file_that_was_cut_short_is_noticed(photos, cache, kept, capsys):
    whole = np.array(load(photos, cache).images)
    content = cache.read_bytes()
    cache.write_bytes(content[:kept])
    if 0 < kept < 128:  # Not even its header tells what it is.
        with pytest.raises(ValueError, match="is not overwritten"):
            load(photos, cache)
        return
    images = load(photos, cache, verbose=1).images
    assert "made anew: it is damaged or cut short" in capsys.readouterr().out
    np.testing.assert_array_equal(images, whole)


@pytest.mark.parametrize("kind", ["text", "array", "images", "float images"])
def test_a_file_of_something_else_is_not_overwritten(photos, cache, kind):
    arrays = {
        "array": np.arange(5),
        "images": np.zeros((2, 16, 16, 3), "uint8"),
        "float images": np.zeros((2, 16, 16, 3)),
    }
    if kind == "text":
        cache.write_text("my diary")
    else:
        np.save(cache, arrays[kind])
    before = cache.read_bytes()
    with pytest.raises(ValueError, match=r"holds something else, and is not overwritten.*Received"):
        load(photos, cache)
    assert cache.read_bytes() == before


def test_another_suffix_is_refused(photos, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.npy\. Received: cache="):
        load(photos, tmp_path / "faces.jpg")


def test_a_full_disk_is_told_before_anything_is_decoded(photos, cache, monkeypatch):
    usage = aside_files.shutil.disk_usage(cache.parent)
    monkeypatch.setattr(
        aside_files.shutil, "disk_usage", lambda path: usage._replace(free=12 * 16 * 16 * 3)
    )
    forbid_decoding(monkeypatch)
    with pytest.raises(OSError, match=r"decoded images take about .* MiB in .* free"):
        load(photos, cache)
    assert not cache.exists()


def test_nothing_readable_leaves_no_file(photos, cache):
    for file in photos.iterdir():
        file.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="None of the 12 image files"):
        load(photos, cache)
    assert [p.name for p in cache.parent.iterdir()] == ["photos"]


def test_it_may_lie_in_the_folder_of_the_photos(photos, monkeypatch):
    load(photos, photos / "faces.npy")
    forbid_decoding(monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(photos, photos / "faces.npy").images) == 12


def test_images_that_are_in_use_outlive_a_new_file(photos, cache):
    images = load(photos, cache).images
    before = np.array(images)
    add_a_file(photos)
    load(photos, cache)
    np.testing.assert_array_equal(images, before)


SLOW_DECODING = """
import sys, time
from keras_genae.datasets import image_files
decode = image_files.decode
def slowly(*arguments):
    print("decoding", flush=True)
    time.sleep(float(sys.argv[3]))
    return decode(*arguments)
image_files.decode = slowly
files = image_files.load_images(sys.argv[1], 16, cache=sys.argv[2], verbose=0)
print(len(files.images), files.images.sum())
"""


def start_decoding(photos, cache, seconds):
    return subprocess.Popen(
        [sys.executable, "-c", SLOW_DECODING, str(photos), str(cache), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_a_run_killed_while_it_decodes_leaves_nothing_that_is_taken_for_whole(photos, cache):
    process = start_decoding(photos, cache, 60.0)
    assert process.stdout.readline() == "decoding\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not cache.exists()
    np.testing.assert_array_equal(load(photos, cache).images, load(photos).images)
    assert sorted(p.name for p in cache.parent.iterdir()) == ["faces.npy", "photos"]


@pytest.mark.slow
def test_two_runs_at_once_both_get_whole_images(photos, cache):
    processes = [start_decoding(photos, cache, 0.5) for _ in range(2)]
    expected = load(photos).images
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert output.splitlines()[-1] == f"12 {expected.sum()}"
    np.testing.assert_array_equal(load(photos, cache).images, expected)
