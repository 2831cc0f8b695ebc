import warnings

import pytest
import tensorflow as tf

from keras_genae.script import run_script


def run(main, capsys):
    with pytest.raises(SystemExit) as stop:
        run_script(main)
    return stop.value.code, capsys.readouterr()


@pytest.mark.parametrize("error", [ValueError("It is wrong."), FileNotFoundError(2, "Not there")])
def test_what_a_person_can_mend_is_one_sentence(error, capsys):
    def main():
        raise error

    status, printed = run(main, capsys)
    assert status == 1 and printed.err == f"\nerror: {error}\n" and printed.out == ""


@pytest.mark.slow
def test_too_little_memory_is_told_in_words(capsys):
    def main():
        tf.zeros((2**40, 2**20))

    def plain():
        raise MemoryError

    for each in (main, plain):
        status, printed = run(each, capsys)
        assert status == 1 and "not memory enough" in printed.err


def test_an_interrupt_says_how_to_go_on(capsys):
    def main():
        raise KeyboardInterrupt

    status, printed = run(main, capsys)
    assert status == 130 and "--resume" in printed.out


def test_a_fault_of_our_own_keeps_its_traceback():
    def main():
        raise TypeError("a mistake")

    with pytest.raises(TypeError):
        run_script(main)


@pytest.mark.filterwarnings("default")
def test_warnings_are_sentences_and_only_within(capsys):
    show = warnings.showwarning
    run_script(lambda: warnings.warn("90 files were left out", stacklevel=2))
    assert capsys.readouterr().err == "\nwarning: 90 files were left out\n"
    assert warnings.showwarning is show
