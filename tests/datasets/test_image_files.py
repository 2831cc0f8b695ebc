import io
import os
import struct
import warnings
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from keras_genae.datasets.image_files import load_images
from keras_genae.datasets.pictures import central_box, height_and_width


def gradient(height, width):
    rows = np.linspace(0, 255, height)[:, None, None] * np.ones((1, width, 1))
    columns = np.linspace(0, 255, width)[None, :, None] * np.ones((height, 1, 1))
    return np.concatenate([rows, columns, 255 - rows], axis=-1).round().astype("uint8")


def jpeg_bytes(pixels, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=95, **options)
    return buffer.getvalue()


def load(path, size=16, **options):
    return load_images(path, size, verbose=0, **options)


def test_pictures_come_in_the_order_of_their_names(tmp_path):
    (tmp_path / "sub").mkdir()
    for level, name in [(30, "b.png"), (10, "a.PNG"), (20, "a2.Jpeg"), (40, "sub/a.jpg")]:
        Image.new("RGB", (20, 20), (level,) * 3).save(tmp_path / name)
    (tmp_path / "readme.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_bytes(b"no picture")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "a.png").write_bytes(b"no picture")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        files = load(tmp_path)

    assert files.names == ("a.PNG", "a2.Jpeg", "b.png", "sub/a.jpg")
    assert files.skipped == ()
    assert files.images.dtype == np.uint8 and files.images.shape == (4, 16, 16, 3)
    np.testing.assert_allclose(files.images.mean(axis=(1, 2, 3)), [10, 20, 30, 40], atol=1)


def test_limit_takes_the_first_names(tmp_path):
    for index in range(5):
        Image.new("RGB", (8, 8), (index,) * 3).save(tmp_path / f"{index}.png")
    files = load(tmp_path, 8, limit=3)
    assert files.names == ("0.png", "1.png", "2.png")
    assert files.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert len(load(tmp_path, 8, limit=50).names) == 5


def test_more_files_than_are_handed_out_at_a_time_stay_in_order(tmp_path):
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for index in range(1100):
            buffer = io.BytesIO()
            Image.new("RGB", (8, 8), (index % 256, index // 256, 0)).save(buffer, "BMP")
            archive.writestr(f"{index:05}.bmp", buffer.getvalue())
    images = load(tmp_path / "many.zip", 8).images.astype(int)
    np.testing.assert_array_equal(images[:, 3, 3, 0] + 256 * images[:, 3, 3, 1], np.arange(1100))


def test_bad_files_are_skipped_and_named_in_one_warning(tmp_path):
    good = jpeg_bytes(gradient(64, 64))
    (tmp_path / "a_truncated.jpg").write_bytes(good[: len(good) // 2])
    (tmp_path / "b_good.jpg").write_bytes(good)
    (tmp_path / "c_text.jpg").write_text("this is a text file")
    (tmp_path / "d_empty.png").touch()
    (tmp_path / "e_good.jpg").write_bytes(good)
    os.symlink(tmp_path / "nowhere", tmp_path / "f_link.png")
    os.mkfifo(tmp_path / "g_pipe.png")

    with pytest.warns(UserWarning) as caught:
        files = load(tmp_path)

    assert files.names == ("b_good.jpg", "e_good.jpg")
    bad = ("a_truncated.jpg", "c_text.jpg", "d_empty.png", "f_link.png", "g_pipe.png")
    assert files.skipped == bad
    assert len(files.images) == 2 and (files.images[0] == files.images[1]).all()
    assert len(caught) == 1 and caught[0].filename == __file__
    message = str(caught[0].message)
    assert message.startswith("5 of 7 image files")
    assert "a_truncated.jpg" in message and "d_empty.png" in message
    assert "g_pipe.png" not in message and message.endswith("…")


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_nothing_to_read_is_an_error(tmp_path, kind):
    if kind == "folder":
        path = tmp_path
        (path / "notes.txt").write_text("text")
    else:
        path = tmp_path / "empty.zip"
        zipfile.ZipFile(path, "w").close()
    with pytest.raises(ValueError, match=r"no images to read.*Received: path="):
        load(path)


def test_nothing_readable_is_an_error_that_names_the_files(tmp_path):
    (tmp_path / "a.jpg").write_text("text")
    with pytest.raises(ValueError, match=r"None of the 1 image files can be read: a\.jpg \(cannot"):
        load(tmp_path)


def test_path_that_does_not_exist(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Received: path=.*nowhere"):
        load(tmp_path / "nowhere")


def test_file_that_is_no_zip_and_truncated_zip(tmp_path):
    (tmp_path / "text.zip").write_text("text")
    with pytest.raises(ValueError, match="undamaged zip"):
        load(tmp_path / "text.zip")

    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.jpg", jpeg_bytes(gradient(32, 32)))
    (tmp_path / "half.zip").write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])
    with pytest.raises(ValueError, match="undamaged zip"):
        load(tmp_path / "half.zip")


def test_zip_is_read_in_memory_whatever_its_members_are_called(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    with zipfile.ZipFile(inside / "evil.zip", "w") as archive:
        for name in ("../evil.png", "/absolute.png", "z.png", "__MACOSX/._z.png", "notes.txt"):
            buffer = io.BytesIO()
            Image.new("RGB", (8, 8), (50, 60, 70)).save(buffer, "PNG")
            archive.writestr(name, buffer.getvalue())
    files = load(inside / "evil.zip", 8)
    assert files.names == ("../evil.png", "/absolute.png", "z.png")
    assert (files.images == [50, 60, 70]).all()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["evil.zip", "inside"]


def test_damaged_zip_member_is_skipped(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.jpg", jpeg_bytes(gradient(32, 32)))
        archive.writestr("b.jpg", jpeg_bytes(gradient(32, 32)))
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[200] ^= 0xFF  # Within the first member, so that its checksum is wrong.
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.warns(UserWarning, match=r"1 of 2 .*a\.jpg \(Bad CRC"):
        assert load(tmp_path / "a.zip").names == ("b.jpg",)


def test_decompression_bomb_is_skipped(tmp_path):
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "good.png")
    bomb = bytearray((tmp_path / "good.png").read_bytes())
    header = bytearray(bomb[12:29])
    header[4:12] = struct.pack(">II", 60000, 60000)
    bomb[12:29] = header
    bomb[29:33] = struct.pack(">I", zlib.crc32(header))
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.warns(UserWarning, match=r"bomb\.png .*decompression bomb"):
        assert load(tmp_path).names == ("good.png",)


@pytest.mark.parametrize(
    ("mode", "fill", "expected"),
    [
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30)),
        ("RGBA", (10, 20, 30, 0), (255, 255, 255)),
        ("LA", (40, 255), (40, 40, 40)),
        ("I;16", 257 * 99, (99, 99, 99)),
    ],
)
def test_modes_of_png(tmp_path, mode, fill, expected):
    if mode == "I;16":
        picture = Image.fromarray(np.full((12, 12), fill, dtype="uint16"))
    else:
        picture = Image.new(mode, (12, 12), fill)
    picture.save(tmp_path / "a.png")
    assert (load(tmp_path).images == expected).all()


def test_palette_with_and_without_a_transparent_colour(tmp_path):
    picture = Image.new("P", (12, 12), 1)
    picture.putpalette([0, 0, 0, 200, 100, 50])
    picture.save(tmp_path / "a.png")
    picture.save(tmp_path / "b.png", transparency=1)
    images = load(tmp_path).images
    assert (images[0] == (200, 100, 50)).all()
    assert (images[1] == 255).all()


def test_cmyk_and_grey_jpeg(tmp_path):
    Image.new("CMYK", (16, 16), (0, 255, 255, 0)).save(tmp_path / "red.jpg", quality=95)
    Image.new("L", (16, 16), 90).save(tmp_path / "grey.jpg", quality=95)
    grey, red = load(tmp_path).images
    np.testing.assert_allclose(grey, 90, atol=2)
    np.testing.assert_allclose(red, np.broadcast_to([255, 0, 0], red.shape), atol=4)


@pytest.mark.parametrize("shape", [(64, 64), (60, 90), (600, 900)])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_exif_orientation(tmp_path, orientation, shape):
    upright = gradient(*shape)
    turns = {1: 0, 3: 2, 6: 1, 8: 3}[orientation]  # Counterclockwise quarter turns as stored.
    exif = Image.Exif()
    exif[0x0112] = orientation
    (tmp_path / "a.jpg").write_bytes(jpeg_bytes(np.rot90(upright, turns), exif=exif))
    Image.fromarray(upright).save(tmp_path / "b.png")
    turned, plain = load(tmp_path, (16, 24)).images.astype(int)
    np.testing.assert_allclose(turned, plain, atol=4)


def test_celeba_sized_pictures_are_cropped_to_the_face(tmp_path):
    picture = np.zeros((218, 178, 3), dtype="uint8")
    picture[35:183, 15:163] = np.random.default_rng(0).integers(1, 256, (148, 148, 3))
    Image.fromarray(picture).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load(tmp_path, 148).images[0], picture[35:183, 15:163])
    centre = load(tmp_path, 178, crop="center").images[0]
    np.testing.assert_array_equal(centre, picture[20:198])


def test_face_crop_is_only_for_upright_celeba(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (178, 218, 3), dtype="uint8")
    Image.fromarray(picture).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load(tmp_path, 178).images[0], picture[:, 20:198])


def test_middle_is_cropped_to_the_aspect_ratio(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (30, 41, 3), dtype="uint8")
    Image.fromarray(picture).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load(tmp_path, 30).images[0], picture[:, 5:35])
    np.testing.assert_array_equal(load(tmp_path, (10, 41)).images[0], picture[10:20])


def test_resize_antialiases(tmp_path):
    # Each pixel of the result should average many of the noise; plain bilinear takes four, which
    # leaves half of the deviation.
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype="uint8")
    Image.fromarray(noise).save(tmp_path / "a.png")
    assert load(tmp_path, 16).images[0].std() < noise.std() / 6


def test_fast_jpeg_shrinking_gives_the_same_picture_as_the_slow_way(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg_bytes(gradient(1003, 801)))
    Image.open(tmp_path / "a.jpg").save(tmp_path / "b.png")
    fast, slow = load(tmp_path, 32).images.astype(int)
    np.testing.assert_allclose(fast, slow, atol=3)


def test_what_lies_outside_the_crop_is_not_mixed_in(tmp_path):
    picture = np.full((218, 178, 3), 255, dtype="uint8")
    picture[35:183, 15:163] = 80
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert (load(tmp_path, 32).images == 80).all()


def test_shrunk_jpegs_of_any_size_are_read_to_their_edges(tmp_path):
    # Their shrunk sizes are rounded up, so the crop's corners are not whole numbers.
    for width in range(200, 260):
        picture = np.full((width + 1, width, 3), 90, dtype="uint8")
        (tmp_path / f"{width}.jpg").write_bytes(jpeg_bytes(picture))
    files = load(tmp_path, 8)
    assert files.skipped == ()
    np.testing.assert_allclose(files.images, 90, atol=1)


@pytest.mark.parametrize("size", [7, 0, -8, 16.0, "16", (16,), (16, 16, 3), (16, 7), None])
def test_bad_image_size(tmp_path, size):
    with pytest.raises(ValueError, match=r"`image_size` should be .*Received: image_size="):
        load(tmp_path, size)


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 1.5}, {"crop": "face"}])
def test_bad_options(tmp_path, options):
    with pytest.raises(ValueError, match=f"Received: {next(iter(options))}="):
        load(tmp_path, **options)


def test_progress_is_shown_only_when_verbose(tmp_path, capsys):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    load_images(tmp_path, 8, verbose=0)
    assert capsys.readouterr().out == ""
    load_images(tmp_path, 8, verbose=1)
    assert "1/1" in capsys.readouterr().out


def test_height_and_width_and_central_box():
    assert height_and_width(np.int64(9)) == (9, 9)
    assert height_and_width([8, 10]) == (8, 10)
    assert central_box((35, 15, 148, 148), (64, 64)) == (35, 15, 148, 148)
    assert central_box((35, 15, 148, 148), (64, 32)) == (35, 52, 148, 74)
    assert central_box((0, 0, 5, 1000), (16, 16)) == (0, 497, 5, 5)
