import doctest

import numpy as np
import pytest

from keras_genae.datasets import drawn_faces, face_renderer
from keras_genae.datasets.drawn_faces import FACTORS, draw_faces, render_faces


def average_pixels(images, times):
    count, height, width, channels = images.shape
    blocks = images.reshape(count, height // times, times, width // times, times, channels)
    return blocks.mean(axis=(2, 4))


def difference(images, others):
    return np.abs(images.astype(np.float64) - others).mean()


def test_same_seed_draws_the_same_faces():
    images, factors = draw_faces(6, size=32, seed=11)
    images_again, factors_again = draw_faces(6, size=32, seed=11)
    np.testing.assert_array_equal(images, images_again)
    for name in FACTORS:
        np.testing.assert_array_equal(factors[name], factors_again[name])
    assert difference(images, draw_faces(6, size=32, seed=12)[0]) > 20


def test_a_face_depends_on_its_place_but_not_on_the_count():
    images, factors = draw_faces(50, size=64, seed=3)
    first_images, first_factors = draw_faces(5, size=64, seed=3)
    np.testing.assert_array_equal(images[:5], first_images)
    for name in FACTORS:
        np.testing.assert_array_equal(factors[name][:5], first_factors[name])


def test_workers_do_not_change_the_faces():
    one = draw_faces(70, size=32, seed=4, workers=1)[0]
    np.testing.assert_array_equal(one, draw_faces(70, size=32, seed=4, workers=4)[0])


def test_rendering_the_drawn_factors_gives_the_drawn_images():
    images, factors = draw_faces(20, size=(40, 48), seed=5)
    np.testing.assert_array_equal(images, render_faces(factors, size=(40, 48)))
    order = np.random.default_rng(0).permutation(20)
    shuffled = {name: values[order] for name, values in factors.items()}
    np.testing.assert_array_equal(images[order], render_faces(shuffled, size=(40, 48)))


def test_patches_hold_all_that_is_painted_in_them(monkeypatch):
    # Painting every part on the whole canvas must not add a pixel which the patches cut off.
    _, factors = draw_faces(40, size=8, seed=6)
    extremes = {name: np.concatenate([values, values[:8]]) for name, values in factors.items()}
    corners = np.array([[turn, tilt] for turn in (-1, 0, 1, 1) for tilt in (-1, 1)])
    extremes["head_turn"][-8:], extremes["head_tilt"][-8:] = corners.T
    patched = render_faces(extremes, size=64)

    cut = face_renderer._Canvas._cut

    def cut_nothing(canvas, *bounds, leaning):
        return cut(canvas, -np.inf, np.inf, -np.inf, np.inf, leaning)

    monkeypatch.setattr(face_renderer._Canvas, "_cut", cut_nothing)
    np.testing.assert_array_equal(patched, render_faces(extremes, size=64))


@pytest.mark.parametrize("size", [8, 28, (45, 64), 64, (218, 178)])
def test_size(size):
    images, factors = draw_faces(3, size=size, seed=1)
    shape = (size, size) if isinstance(size, int) else size
    assert images.shape == (3, *shape, 3)
    assert images.dtype == np.uint8
    # A picture, not a flat colour.
    assert images.std(axis=(1, 2)).min() > 5
    assert all(values.shape == (3,) for values in factors.values())


@pytest.mark.parametrize(("size", "most"), [(16, 3.5), (32, 2.5), (64, 1.5)])
def test_a_larger_picture_shows_the_same_face(size, most):
    small, factors = draw_faces(24, size=size, seed=8)
    large = render_faces(factors, size=2 * size)
    assert difference(average_pixels(large, 2), small) < most
    # For scale: this is how far apart two faces are.
    assert difference(small[1:], small[:-1]) > 25


def test_a_wide_picture_has_the_square_one_in_its_middle():
    square, factors = draw_faces(4, size=48, seed=9)
    wide = render_faces(factors, size=(48, 80))
    tall = render_faces(factors, size=(80, 48))
    assert np.abs(wide[:, :, 16:64].astype(int) - square).max() <= 1
    assert np.abs(tall[:, 16:64].astype(int) - square).max() <= 1


@pytest.mark.parametrize("size", [(400, 24), (24, 400)])
def test_nothing_breaks_far_from_the_face(size):
    _, factors = draw_faces(12, size=8, seed=10)
    factors = {name: values.astype(np.float32) for name, values in factors.items()}
    # No division by 0 or infinity far above, below and beside the head.
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        images = face_renderer.paint_portraits(factors, *size).astype(int)
    # Background to the one end, clothes or background to the other: no stray spots.
    far = images[:, :150] if size[0] > size[1] else images[:, :, :150]
    assert np.abs(np.diff(far, axis=1)).max() <= 6
    assert np.abs(np.diff(far, axis=2)).max() <= 6


def test_ellipse_distance():
    # On the axes: exact on the outline, negative inside, and no hole in the middle.
    x = np.array([0.0, 1e-6, 1e-3, 0.5, 1.0, 2.0, 3.0], np.float32)
    inside = face_renderer._ellipse(x, np.zeros_like(x), 2.0, 1.0)
    assert inside[:5].max() < -0.5
    np.testing.assert_allclose(inside[4:], [-1.0, 0.0, 1.0], atol=1e-5)


def sweep(name):
    factor = FACTORS[name]
    values = np.linspace(factor.low, factor.high, 2 if factor.binary else 5)
    return render_faces({name: values, **({"bald": 0} if name != "bald" else {})}, size=64)


# The mean change of a pixel over the whole picture, so that small features have small numbers.
@pytest.mark.parametrize(
    ("name", "least"),
    [
        *[("skin_tone", 15), ("age", 10), ("face_width", 5), ("head_turn", 12), ("head_tilt", 15)],
        *[("hair_color", 20), ("hair_length", 6), ("hair_curl", 6), ("fringe", 2), ("parting", 2)],
        *[("bald", 20), ("beard", 3), ("brow_weight", 0.3), ("brow_lift", 0.4)],
        *[("eye_color", 0.08), ("eye_size", 0.25), ("gaze", 0.25), ("glasses", 2)],
        *[("nose_size", 0.25), ("smile", 1), ("lip_fullness", 0.2), ("light", 8)],
        *[("background_tone", 15), ("clothes_hue", 0)],
        ("background_hue", 0),
    ],
)
def test_every_factor_changes_the_picture(name, least):
    images = sweep(name)
    if name.endswith("_hue"):
        # The ends of the colour wheel meet; its other colours differ.
        np.testing.assert_allclose(images[0], images[-1], atol=1)
        assert difference(images[0], images[2]) > 1.5
    else:
        assert difference(images[0], images[-1]) > least
    steps = [difference(images[i], images[i + 1]) for i in range(len(images) - 1)]
    # Age, for one, begins slowly; nothing stands still over the whole of its range.
    assert max(steps) > least / 5
    assert sum(step > 0.01 for step in steps) >= len(steps) - 1


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        # Where it must show, as slices of a face of 64 pixels which looks straight ahead.
        ("gaze", slice(24, 38), slice(16, 48)),
        ("eye_color", slice(24, 38), slice(16, 48)),
        ("brow_weight", slice(16, 32), slice(16, 48)),
        ("lip_fullness", slice(38, 54), slice(20, 44)),
        ("clothes_hue", slice(50, 64), slice(0, 64)),
    ],
)
def test_a_small_factor_changes_its_own_place_only(name, rows, columns):
    images = sweep(name).astype(int)
    change = np.abs(images[0] - images[2]).max(axis=-1)
    assert change[rows, columns].max() > 20
    change[rows, columns] = 0
    assert change.max() == 0


def test_a_turned_head_mirrors_its_opposite():
    # With the light in front and all else straight, left and right are alike.
    poses = {"head_turn": [-1, 1], "light": 0, "bald": 1, "glasses": 1, "beard": 1}
    images = render_faces(poses, size=64).astype(int)
    assert difference(images[0], images[1][:, ::-1]) < 1.5
    assert difference(images[0], images[1]) > 10


def test_light_comes_from_the_named_side():
    images = render_faces({"light": [-1, 1], "skin_tone": 0.5, "bald": 1}, size=64).astype(float)
    left, right = images[:, 30:44, 16:26].mean((1, 2, 3)), images[:, 30:44, 38:48].mean((1, 2, 3))
    assert left[0] > right[0] + 20
    assert right[1] > left[1] + 20


def test_the_face_differs_from_the_background():
    images, _ = draw_faces(60, size=64, seed=13)
    images = images.astype(float)
    face = images[:, 34:42, 28:36].mean(axis=(1, 2))
    corners = images[:, :6, [0, 1, 2, 3, -4, -3, -2, -1]].mean(axis=(1, 2))
    apart = np.abs(face - corners).max(axis=1)
    assert np.mean(apart > 25) > 0.9
    # Skin has more red than blue, whatever its tone and the light.
    assert np.mean(face[:, 0] > face[:, 2]) > 0.95


def test_factors_cover_their_ranges():
    _, factors = draw_faces(4000, size=8, seed=0)
    assert list(factors) == list(FACTORS)
    for name, factor in FACTORS.items():
        values = factors[name]
        width = factor.high - factor.low
        assert values.min() >= factor.low
        assert values.max() <= factor.high
        if factor.binary:
            assert values.dtype == np.int32
            assert set(np.unique(values)) == {0, 1}
            assert values.mean() == pytest.approx(factor.chance, abs=0.03)
            continue
        assert values.dtype == np.float32
        assert values.min() < factor.low + 0.02 * width
        assert values.max() > factor.high - 0.02 * width
        if factor.chance is None:
            assert values.mean() == pytest.approx(factor.low + width / 2, abs=0.03 * width)
            assert values.std() == pytest.approx(width / 12**0.5, rel=0.05)
        else:
            assert np.mean(values > 0) == pytest.approx(factor.chance, abs=0.03)


def test_factors_are_independent():
    _, factors = draw_faces(4000, size=8, seed=1)
    table = np.stack([factors[name] for name in FACTORS])
    correlation = np.corrcoef(table) - np.eye(len(FACTORS))
    # Four standard errors of a correlation of 4000 independent pairs.
    assert np.abs(correlation).max() < 4 / 4000**0.5


def test_missing_factors_are_neutral_and_numbers_hold_for_all_faces():
    neutral = {name: [factor.neutral] * 2 for name, factor in FACTORS.items()}
    np.testing.assert_array_equal(
        render_faces({**neutral, "smile": [1, 1]}, size=32),
        render_faces({"smile": 1, "age": [FACTORS["age"].neutral] * 2}, size=32),
    )
    assert render_faces({}, size=16).shape == (1, 16, 16, 3)
    assert render_faces({"glasses": True}, size=16).shape == (1, 16, 16, 3)


def test_no_faces():
    images, factors = draw_faces(0, size=(16, 24))
    assert images.shape == (0, 16, 24, 3)
    assert factors["age"].shape == (0,)
    assert render_faces({"age": []}, size=16).shape == (0, 16, 16, 3)


def test_progress_bar_shows_only_when_asked(capsys):
    draw_faces(3, size=8)
    assert capsys.readouterr().out == ""
    draw_faces(3, size=8, verbose=1)
    assert "3/3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": -1}, r"`count` must be .* Received: count=-1"),
        ({"count": 2.0}, r"`count` must be .* Received: count=2.0"),
        ({"count": True}, r"`count` must be .* Received: count=True"),
        ({"count": 1, "size": 3}, r"`size` must be .* Received: size=3"),
        ({"count": 1, "size": (64, 7)}, r"`size` must be .* Received: size=\(64, 7\)"),
        ({"count": 1, "size": (64, 64, 3)}, r"`size` must be .* Received: size=\(64, 64, 3\)"),
        ({"count": 1, "size": 12.5}, r"`size` must be .* Received: size=12.5"),
        ({"count": 1, "size": None}, r"`size` must be .* Received: size=None"),
        ({"count": 1, "seed": -2}, r"`seed` must be .* Received: seed=-2"),
        ({"count": 1, "seed": None}, r"`seed` must be .* Received: seed=None"),
        ({"count": 1, "workers": 0}, r"`workers` must be .* Received: workers=0"),
    ],
)
def test_draw_faces_rejects(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_faces(**arguments)


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"smile": [0.2, 1.5]}, r"`smile` must be between 0 and 1 .* Received: smile=1.5"),
        ({"gaze": -1.1}, r"`gaze` must be between -1 and 1 .* Received: gaze=-1.1"),
        ({"age": [np.nan]}, r"`age` must be .* Received: age=nan"),
        ({"glasses": 0.5}, r"`glasses` must be 0 or 1 .* Received: glasses=0.5"),
        ({"age": "old"}, r"`age` must be a number .* Received: age='old'"),
        ({"age": [[0.5]]}, r"`age` must be .* Received: age of shape \(1, 1\)"),
        ({"nose": [0.5]}, r"unknown names \['nose'\].*skin_tone"),
        ({"age": [0.1, 0.2], "smile": [0.3]}, r"same length.*'age': 2, 'smile': 1"),
        ([0.5], r"`factors` must be a dict .* Received: factors=\[0.5\]"),
    ],
)
def test_render_faces_rejects(factors, message):
    with pytest.raises(ValueError, match=message):
        render_faces(factors, size=8)


def test_docstring_examples():
    result = doctest.testmod(drawn_faces)
    assert result.attempted > 0
    assert result.failed == 0
