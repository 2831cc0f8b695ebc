import os
import stat

import pytest

from keras_genae.files import write_aside


def names(folder):
    return sorted(os.listdir(folder))


def test_the_file_appears_when_the_block_ends(tmp_path):
    path = tmp_path / "numbers.txt"
    with write_aside(path) as aside:
        aside.write_text("1 2 3")
        assert not path.exists() and aside.parent == tmp_path
    assert path.read_text() == "1 2 3" and names(tmp_path) == ["numbers.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="half way"), write_aside(path) as aside:
        aside.write_text("new, but not wh")
        raise RuntimeError("half way")
    assert path.read_text() == "old" and names(tmp_path) == ["numbers.txt"]


def test_an_interrupt_leaves_the_old_file_as_well(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), write_aside(path):
        raise KeyboardInterrupt
    assert path.read_text() == "old" and names(tmp_path) == ["numbers.txt"]


def test_readers_see_the_old_file_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("old")
    with write_aside(path) as aside:
        aside.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("name", ["model.keras", "epoch-3.weights.h5", "figure.png", "plain"])
def test_the_aside_has_the_suffix_by_which_writers_choose_a_format(name, tmp_path):
    with write_aside(tmp_path / name) as aside:
        assert aside.name.endswith("".join((tmp_path / name).suffixes))
        # Hidden, so that a listing of results by pattern does not meet half a file.
        assert aside.name.startswith(".")
    assert names(tmp_path) == [name]


def test_folders_are_made(tmp_path):
    with write_aside(tmp_path / "a" / "b" / "c.txt") as aside:
        aside.write_text("deep")
    assert (tmp_path / "a" / "b" / "c.txt").read_text() == "deep"


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_any_new_file(mask, tmp_path):
    before = os.umask(mask)
    try:
        with write_aside(tmp_path / "aside.txt") as aside:
            aside.write_text("x")
        (tmp_path / "plain.txt").write_text("x")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / f).stat().st_mode) for f in ("aside.txt", "plain.txt")]
    assert modes[0] == modes[1]


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "numbers.txt"
    with write_aside(path) as first, write_aside(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    # The first ends last.
    assert path.read_text() == "first" and names(tmp_path) == ["numbers.txt"]


def test_a_path_may_be_a_string(tmp_path):
    with write_aside(str(tmp_path / "numbers.txt")) as aside:
        aside.write_text("1")
    assert names(tmp_path) == ["numbers.txt"]
