import numpy as np
import pytest
from PIL import Image

from keras_genae.datasets.evaluation_data import load_evaluation_data

GREY, COLOR = (16, 16, 1), (16, 16, 3)


def test_drawn_faces_come_with_their_factors():
    data = load_evaluation_data("drawn_faces", COLOR, 12)
    assert data.x.shape == (12, *COLOR)
    assert all(len(values) == 12 for values in data.factors.values())


def test_a_model_of_grey_images_gets_grey_images():
    colored = load_evaluation_data("drawn_faces", COLOR, 5).x
    grey = load_evaluation_data("drawn_faces", GREY, 5).x
    assert grey.shape == (5, *GREY) and grey.dtype == "uint8"
    by_hand = 0.299 * colored[..., 0] + 0.587 * colored[..., 1] + 0.114 * colored[..., 2]
    np.testing.assert_allclose(grey[..., 0], by_hand, atol=0.51)


def test_pictures_of_a_folder_are_resized(tmp_path):
    for name in "ab":
        Image.new("RGB", (60, 40), "red").save(tmp_path / f"{name}.png")
    data = load_evaluation_data(tmp_path, COLOR, 10)
    assert data.x.shape == (2, *COLOR) and data.source == f"{tmp_path.name}, 2 examples"


def test_arrays_bring_their_labels(tmp_path, rng):
    x, y = rng.normal(size=(30, 4)), np.arange(30)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    data = load_evaluation_data(tmp_path / "data.npz", (4,), 20)
    np.testing.assert_array_equal(data.x, x[:20])
    np.testing.assert_array_equal(data.labels, y[:20])
    np.save(tmp_path / "data.npy", x)
    assert load_evaluation_data(tmp_path / "data.npy", (4,), 99).labels is None


def test_what_cannot_be_read_is_said(tmp_path):
    np.savez(tmp_path / "named.npz", images=np.zeros(3))
    with pytest.raises(ValueError, match=r"under the name `x`.*with images"):
        load_evaluation_data(tmp_path / "named.npz", (4,), 10)
    np.save(tmp_path / "objects.npy", np.array([{}, {}]), allow_pickle=True)
    with pytest.raises(ValueError, match="no file of NumPy arrays"):
        load_evaluation_data(tmp_path / "objects.npy", (4,), 10)
    with pytest.raises(ValueError, match="takes vectors"):
        load_evaluation_data(tmp_path, (4,), 10)
    with pytest.raises(FileNotFoundError):
        load_evaluation_data(tmp_path / "nowhere.npz", (4,), 10)
