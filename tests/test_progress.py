import io
import sys

import pytest

from keras_genae.progress import fit_verbose, is_terminal, progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(monkeypatch, out, verbose=1):
    monkeypatch.setattr(sys, "stdout", out)
    bar = progress_bar(50, "image", verbose)
    bar.interval = 0.0
    for _ in range(50):
        bar.add(1)
    return out.getvalue()


def test_a_file_gets_one_line_and_a_terminal_a_bar(monkeypatch):
    line = shown(monkeypatch, io.StringIO())
    assert line.startswith("50/50 - ") and line.count("\n") == 1 and "\b" not in line
    assert shown(monkeypatch, Terminal()).count("━") > 50


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()])
def test_nothing_is_shown_where_nothing_is_wanted(monkeypatch, out):
    assert shown(monkeypatch, out, verbose=0) == ""


def test_fit_says_a_line_an_epoch_in_a_file(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not is_terminal() and fit_verbose() == 2
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert is_terminal() and fit_verbose() == 1
    # Some programs put an object there that is no file.
    monkeypatch.setattr(sys, "stdout", object())
    assert not is_terminal()
