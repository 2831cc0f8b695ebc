import os
import sys
import types
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from keras_genae.datasets.image_files import load_images
from keras_genae.datasets.image_sources import open_source


def write_picture(path, level=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 9), (level,) * 3).save(path)


def load(path, **options):
    return load_images(path, 8, verbose=0, **options)


def as_zip(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for parent, _, files in os.walk(folder):
            archive.write(parent, os.path.relpath(parent, folder))
            for file in files:
                full = os.path.join(parent, file)
                archive.write(full, os.path.relpath(full, folder))
    return path


@pytest.fixture
def mixed(tmp_path):
    """A folder as a phone leaves it."""
    folder = tmp_path / "photos"
    for i in range(3):
        write_picture(folder / f"{i}.JPG")
    for name in ("IMG_1.HEIC", "sub/IMG_2.heic", "clip.MOV", "raw.DNG", "noend", "sub/more.zip"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"something")
    for name in ("labels.csv", ".DS_Store", "Thumbs.db", "__MACOSX/x.heic", ".hidden/x.heic"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"something")
    return folder


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_what_is_not_read_is_counted_and_named_with_what_helps(mixed, tmp_path, kind):
    path = mixed if kind == "folder" else as_zip(mixed, tmp_path / "photos.zip")
    with pytest.warns(UserWarning) as caught:
        files = load(path)
    assert files.names == ("0.JPG", "1.JPG", "2.JPG")
    left_out = {"IMG_1.HEIC", "sub/IMG_2.heic", "clip.MOV", "raw.DNG", "noend", "sub/more.zip"}
    assert set(files.left_out) == left_out and files.skipped == ()
    assert len(caught) == 1 and caught[0].filename == __file__
    message = str(caught[0].message)
    assert message.startswith("6 of 9 files") and "2 .heic, 1 " in message
    for word in ("1 without a suffix", "pip install pillow-heif", "JPEG", "unpack", "videos"):
        assert word in message


def test_ninety_heic_and_ten_jpg(tmp_path):
    for i in range(10):
        write_picture(tmp_path / f"{i}.jpg")
    for i in range(90):
        (tmp_path / f"IMG_{i:02}.HEIC").write_bytes(b"something")
    with pytest.warns(UserWarning, match=r"^90 of 100 files .* 90 \.heic \(IMG_00\.HEIC, .*, …\)"):
        assert len(load(tmp_path).names) == 10


def test_unread_and_damaged_files_share_one_warning(tmp_path):
    write_picture(tmp_path / "0.png")
    (tmp_path / "1.png").write_bytes(b"damaged")
    (tmp_path / "2.heic").write_bytes(b"something")
    with pytest.warns(
        UserWarning, match=r"1 of 2 image files .*1\.png.*1 of 3 files.*1 \.heic"
    ) as c:
        files = load(tmp_path)
    assert len(c) == 1 and files.skipped == ("1.png",) and files.left_out == ("2.heic",)


def test_a_folder_of_nothing_but_heic_says_so(tmp_path):
    (tmp_path / "2.heic").write_bytes(b"something")
    with pytest.raises(ValueError, match=r"no images to read.*Left out were 1 \.heic.*pillow-heif"):
        load(tmp_path)


def test_heic_is_read_where_the_package_for_it_is_installed(tmp_path, monkeypatch):
    write_picture(tmp_path / "a.png", 7)
    (tmp_path / "a.png").rename(tmp_path / "a.HEIC")  # Pillow tells formats by their content.
    registered = []
    package = types.ModuleType("pillow_heif")
    package.__spec__ = types.SimpleNamespace(name="pillow_heif")
    package.register_heif_opener = lambda: registered.append(True)
    monkeypatch.setitem(sys.modules, "pillow_heif", package)
    files = load(tmp_path)
    assert registered and files.names == ("a.HEIC",) and (files.images == 7).all()


@pytest.mark.parametrize("suffix", ["gif", "tiff", "avif", "webp", "bmp", "jfif"])
def test_kinds_that_pillow_reads(tmp_path, suffix):
    level = 0 if suffix == "gif" else 60
    Image.new("RGB", (16, 16), (level,) * 3).save(
        tmp_path / f"a.{suffix}", "JPEG" if suffix == "jfif" else None
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images = load(tmp_path).images
    np.testing.assert_allclose(images, level, atol=2)


def test_of_an_animation_the_first_picture_is_read(tmp_path):
    frames = [Image.new("L", (16, 16), level) for level in (0, 255)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert (load(tmp_path).images == 0).all()


def test_float_pictures_are_skipped_as_nobody_knows_their_range(tmp_path):
    Image.fromarray(np.full((16, 16), 0.5, "float32")).save(tmp_path / "a.tiff")
    write_picture(tmp_path / "b.png")
    with pytest.warns(UserWarning, match=r"a\.tiff \(its pixels are floats"):
        assert load(tmp_path).names == ("b.png",)


def test_folders_behind_links_are_read_and_circles_end(tmp_path):
    write_picture(tmp_path / "elsewhere" / "a.png", 1)
    (tmp_path / "photos").mkdir()
    os.symlink(tmp_path / "elsewhere", tmp_path / "photos" / "link")
    os.symlink(tmp_path / "photos", tmp_path / "photos" / "circle")
    assert load(tmp_path / "photos").names == ("link/a.png",)


def test_folders_that_cannot_be_looked_into_are_named(tmp_path, monkeypatch):
    write_picture(tmp_path / "a.png")
    write_picture(tmp_path / "locked" / "b.png")
    scan = os.scandir

    def refuse(path):
        if os.fspath(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.warns(UserWarning, match=r"locked \(.*Permission denied"):
        assert load(tmp_path).skipped == ("locked",)


def test_encrypted_members_are_named(tmp_path):
    write_picture(tmp_path / "photos" / "a.png")
    path = as_zip(tmp_path / "photos", tmp_path / "all.zip")
    content = path.read_bytes()
    # The flags lie 24 bytes before the name in its header, and 38 before that in the table.
    first, last = content.index(b"a.png"), content.rindex(b"a.png")
    flagged = bytearray(content)
    flagged[first - 24] |= 1
    flagged[last - 38] |= 1
    path.write_bytes(flagged)
    with pytest.raises(ValueError, match=r"a\.png \(.*encrypted"):
        load(path)


def test_stamps_tell_that_a_file_has_changed(tmp_path):
    write_picture(tmp_path / "photos" / "a.png", 1)
    with open_source(tmp_path / "photos") as source:
        before = source.stamp("a.png")
    with open_source(as_zip(tmp_path / "photos", tmp_path / "a.zip")) as source:
        zipped = source.stamp("a.png")
    write_picture(tmp_path / "photos" / "a.png", 2)
    os.utime(tmp_path / "photos" / "a.png", ns=(0, before[1] + 1))
    with open_source(tmp_path / "photos") as source:
        assert source.stamp("a.png") != before
    with open_source(as_zip(tmp_path / "photos", tmp_path / "a.zip")) as source:
        assert source.stamp("a.png") != zipped
