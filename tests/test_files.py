import os
import pathlib
import signal
import stat
import subprocess
import sys

import pytest

from keras_genae import files
from keras_genae.files import require_space, write_aside


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


# A process that is in the midst of writing until it is told to go on, or is killed.
WRITER = """
import sys
sys.path.insert(0, sys.argv[2])  # The module by itself: the package imports TensorFlow.
from files import write_aside
with write_aside(sys.argv[1]) as aside:
    aside.write_text("half")
    print("writing", flush=True)
    sys.stdin.readline()
    aside.write_text("whole")
"""


def start_writing(path):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(pathlib.Path(files.__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "writing\n"
    return process


def write(path):
    with write_aside(path) as aside:
        aside.write_text("1")


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path):
    process = start_writing(tmp_path / "epoch-3.weights.h5")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(names(tmp_path)) == 1 and names(tmp_path)[0].startswith(".")
    write(tmp_path / "other.txt")
    assert names(tmp_path) == ["other.txt"]


def test_what_a_living_writer_is_at_stays(tmp_path):
    process = start_writing(tmp_path / "model.keras")
    for _ in range(2):
        write(tmp_path / "other.txt")
    assert len(names(tmp_path)) == 2
    process.communicate("go on\n")
    assert (tmp_path / "model.keras").read_text() == "whole"
    assert names(tmp_path) == ["model.keras", "other.txt"]


def test_hidden_files_of_others_are_never_swept(tmp_path):
    others = [".epoch-abcdefgh.weights.h5", ".half-written", ".lock", "x.half-written-abcdefgh.txt"]
    for name in others:
        (tmp_path / name).touch()
    write(tmp_path / "other.txt")
    assert names(tmp_path) == sorted([*others, "other.txt"])


def test_space_is_asked_for_before(tmp_path):
    require_space(tmp_path, 1, "It needs", "do not")
    with pytest.raises(OSError, match=r"It needs about 9,.* MiB in .* free.*, or do not\."):
        require_space(tmp_path, 10**16, "It needs", "do not")
