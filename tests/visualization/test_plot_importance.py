import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from keras_genae.visualization.plot_importance import importance, plot_importance


def search(count, seed=0):
    """Trials whose quality is 2·a + b + noise, whatever c, d and e are."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(size=(3, count))
    quality = 2.0 * a + b + rng.normal(0.0, 0.02, count)
    table = {
        "c": c.tolist(),
        "b": b.tolist(),
        "a": a.tolist(),
        "d": rng.choice(["x", "y", "z"], count).tolist(),
        "e": [0.5] * count,
    }
    return table, quality


def test_the_shares_are_those_of_a_sum():
    # Var(2a) : Var(b) = 4 : 1, of which five bins see about 24/25.
    table, quality = search(2000)
    shares = importance(table, quality)
    assert list(shares)[:2] == ["a", "b"]
    assert shares["a"] == pytest.approx(0.8 * 0.96, abs=0.04)
    assert shares["b"] == pytest.approx(0.2 * 0.96, abs=0.04)
    assert shares["c"] < 0.01 and shares["d"] < 0.01 and shares["e"] == 0.0


def test_a_hand_count():
    # Ranks 1…8 in two halves: 32 of 42 lie between; 1 − (1 − 32/42) · 7/6.
    shares = importance({"half": ["a"] * 4 + ["b"] * 4}, range(8))
    assert shares["half"] == pytest.approx(1.0 - (1.0 - 32.0 / 42.0) * 7.0 / 6.0)


def test_chance_is_taken_off():
    # Without the correction four groups of forty trials would explain 3/39 of nothing on average.
    raw = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        shares = importance({"g": rng.integers(0, 4, 40).tolist()}, rng.normal(size=40))
        raw.append(shares["g"])
    assert np.mean(np.array(raw) == 0.0) > 0.45
    assert np.mean(raw) < 0.04


def test_any_growing_function_of_the_quality_and_the_order_of_trials_change_nothing(rng):
    table, quality = search(60)
    expected = importance(table, quality)
    assert importance(table, np.exp(5.0 * quality)) == expected
    order = rng.permutation(60)
    shuffled = {name: [values[index] for index in order] for name, values in table.items()}
    assert importance(shuffled, quality[order]) == pytest.approx(expected)
    assert importance(table, -quality) == pytest.approx(expected)
    logarithms = {**table, "a": np.log(table["a"]).tolist()}
    assert importance(logarithms, quality) == pytest.approx(expected)


def test_one_diverged_trial_does_not_decide():
    table, quality = search(100)
    expected = importance(table, quality)
    quality[np.argmax(quality)] = np.inf
    assert importance(table, quality) == expected


def test_failed_trials_are_left_out():
    table, quality = search(50)
    expected = importance(table, quality)
    more = {name: [*values, values[0], values[1]] for name, values in table.items()}
    assert importance(more, [*quality, None, float("nan")]) == expected


def test_switched_off_is_a_group_of_its_own():
    kernel = [3, 4, 5, 3, 4, 5, None, None, None, None, None, None]
    quality = [5, 6, 4, 4.5, 5.5, 5.1, 1, 2, 3, 1.1, 2.1, 3.1]
    assert importance({"kernel": kernel}, quality)["kernel"] > 0.6
    assert importance({"kernel": [None] * 12}, quality)["kernel"] == 0.0


@pytest.mark.parametrize("values", [["a", "b", "c", "d"], [1, 1, 1, 1], [(1,), (2,), (3,), (4,)]])
def test_what_never_changes_or_never_repeats_explains_nothing(values):
    assert importance({"x": values}, [1.0, 2.0, 3.0, 4.0]) == {"x": 0.0}


def test_equal_qualities_are_explained_by_nothing():
    assert importance({"x": [1, 1, 2, 2]}, [3.0] * 4) == {"x": 0.0}


def test_true_and_one_are_different_categories():
    shares = importance({"x": [True, True, True, "True", "True", "True"]}, range(6))
    assert shares["x"] > 0.5


def bars(figure):
    return [patch.get_width() for patch in figure.axes[0].patches]


def test_the_bars_are_the_shares_and_chance_is_marked():
    table, quality = search(60)
    figure = plot_importance(table, quality, title="60 trials")
    shares = importance(table, quality)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == list(shares) and bars(figure) == list(shares.values())
    (ticks,) = figure.axes[0].collections
    chance = dict(zip(labels, [path[0][0] for path in ticks.get_segments()], strict=True))
    assert 0.02 < chance["a"] < 0.3 and chance["e"] == 0.0
    # Bars that chance could reach are of another colour.
    colours = dict(zip(labels, [p.get_facecolor() for p in figure.axes[0].patches], strict=True))
    passes = {name: shares[name] > chance[name] for name in shares}
    assert passes["a"] and passes["b"] and not passes["e"]
    assert len({colours[name] for name in shares if passes[name]}) == 1
    assert {colours[n] for n in shares if passes[n]} != {
        colours[n] for n in shares if not passes[n]
    }


def test_few_trials_are_called_few():
    for count, expected in ((12, True), (60, False)):
        figure = plot_importance(*search(count))
        assert figure.get_supxlabel().startswith(f"{count} trials")
        assert ("few" in figure.get_supxlabel().split(".")[0]) == expected


@pytest.mark.parametrize("columns", [1, 3, 14])
def test_nothing_is_cut_and_labels_do_not_touch(columns):
    _, quality = search(20)
    table = {f"a_rather.long_name_{i}": (quality + i).tolist() for i in range(columns)}
    figure = plot_importance(table, quality, title="A long title " * 8)
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in (*axes.get_yticklabels(), *axes.texts)]
    boxes += [axes.xaxis.label.get_window_extent(), figure._suptitle.get_window_extent()]
    boxes.append(figure._supxlabel.get_window_extent())
    for index, box in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1
        assert box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


@pytest.mark.parametrize("function", [importance, plot_importance])
def test_mistakes_are_named(function):
    with pytest.raises(ValueError, match=r"one value for each trial.*{'a': 2}, 3 trials"):
        function({"a": [1, 2]}, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="at least one column"):
        function({}, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"at least 3 trials.*2 of 3"):
        function({"a": [1, 2, 3]}, [1.0, None, 3.0])
