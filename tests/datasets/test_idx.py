import gzip
import struct

import numpy as np
import pytest

from keras_genae.datasets.idx import load_idx, load_idx_folder

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array):
    array = np.asarray(array)
    header = bytes([0, 0, CODES[array.dtype.str[1:]], array.ndim])
    sides = struct.pack(f">{array.ndim}I", *array.shape)
    return header + sides + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_split(folder, prefix="train", images=5, labels=5, mark="-", suffix=""):
    pixels = np.arange(images * 28 * 28).astype("uint8").reshape(images, 28, 28)
    answers = np.arange(labels).astype("uint8")
    pack = gzip.compress if suffix else bytes
    name = f"{prefix}-images{mark}idx3-ubyte{suffix}"
    (folder / name).write_bytes(pack(idx_bytes(pixels)))
    name = f"{prefix}-labels{mark}idx1-ubyte{suffix}"
    (folder / name).write_bytes(pack(idx_bytes(answers)))
    return pixels, answers


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("shape", [(), (7,), (3, 4), (2, 3, 4), (2, 1, 3, 2), (0, 4)])
@pytest.mark.parametrize("dtype", list(CODES))
def test_every_type_and_rank_comes_back(tmp_path, dtype, shape, compress):
    array = np.random.default_rng(0).normal(0, 50, shape).astype("i1").astype(dtype)
    (tmp_path / "a").write_bytes(compress(idx_bytes(array)))
    loaded = load_idx(tmp_path / "a")
    np.testing.assert_array_equal(loaded, array)
    assert loaded.dtype == np.dtype(dtype) and loaded.dtype.isnative
    assert loaded.shape == shape


@pytest.mark.parametrize("content", [b"", b"\0\0", b"\0\1\x08\1", b"\0\0\x0a\1", b"PK\3\4zip"])
def test_wrong_magic(tmp_path, content):
    (tmp_path / "wrong").write_bytes(content)
    with pytest.raises(ValueError, match=r"not an idx file.*Received: path=.*wrong"):
        load_idx(tmp_path / "wrong")


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_too_short_and_too_long(tmp_path, compress):
    content = idx_bytes(np.zeros((4, 5), dtype="int16"))
    for change, found in [(content[:-3], "there are 37"), (content + b"x", "there are more")]:
        (tmp_path / "a").write_bytes(compress(change))
        with pytest.raises(ValueError, match=rf"\(4, 5\), type int16, .* 40 bytes, but {found}"):
            load_idx(tmp_path / "a")


def test_header_cut_short(tmp_path):
    (tmp_path / "a").write_bytes(idx_bytes(np.zeros((4, 5), dtype="uint8"))[:9])
    with pytest.raises(ValueError, match="2 dimensions should take 8 bytes, but there are 5"):
        load_idx(tmp_path / "a")


def test_header_that_claims_more_than_any_memory(tmp_path):
    (tmp_path / "a").write_bytes(bytes([0, 0, 0x0E, 4]) + b"\xff" * 16 + b"few bytes")
    with pytest.raises(ValueError, match="but there are 9"):
        load_idx(tmp_path / "a")


def test_gzip_cut_short_or_damaged(tmp_path):
    content = gzip.compress(idx_bytes(np.arange(999, dtype="int32")))
    damaged = bytearray(content)
    damaged[len(content) // 2] ^= 0xFF
    for bad in (content[:-20], bytes(damaged)):
        (tmp_path / "a.gz").write_bytes(bad)
        with pytest.raises(ValueError, match=r"damaged or cut short.*a\.gz"):
            load_idx(tmp_path / "a.gz")


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_idx(tmp_path / "nowhere")


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_folder_with_each_spelling(tmp_path, split, prefix, mark, suffix):
    pixels, answers = write_split(tmp_path, prefix, mark=mark, suffix=suffix)
    images, labels = load_idx_folder(tmp_path, split)
    np.testing.assert_array_equal(images, pixels[..., None])
    np.testing.assert_array_equal(labels, answers)
    assert images.dtype == np.uint8 and labels.dtype == np.int32


def test_folder_errors(tmp_path):
    with pytest.raises(ValueError, match="`split` should be"):
        load_idx_folder(tmp_path, "validation")
    with pytest.raises(FileNotFoundError, match=r"train-images-idx3-ubyte\.gz.*Received: folder="):
        load_idx_folder(tmp_path, "train")
    write_split(tmp_path, images=5, labels=4)
    with pytest.raises(ValueError, match=r"5 images.*4 labels"):
        load_idx_folder(tmp_path, "train")


def test_labels_in_the_place_of_images(tmp_path):
    write_split(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").replace(tmp_path / "train-images-idx3-ubyte")
    write_split(tmp_path, prefix="t10k")
    (tmp_path / "t10k-labels-idx1-ubyte").replace(tmp_path / "train-labels-idx1-ubyte")
    with pytest.raises(ValueError, match=r"3 dimension.*uint8 in shape \(5,\)"):
        load_idx_folder(tmp_path, "train")


@pytest.mark.parametrize(("name", "mean"), [("mnist", 33.7912), ("fashion_mnist", 73.1466)])
def test_real_files(data_folder, name, mean):
    images, labels = load_idx_folder(data_folder / name, "test")
    assert images.shape == (10000, 28, 28, 1)
    assert images.mean() == pytest.approx(mean, abs=1e-4)
    assert set(labels.tolist()) == set(range(10))
