import numpy as np
import pytest

from keras_genae.priors.codes.code_sequence import CodeSequence

CASES = {
    "row": ((6,), 1),
    "map": ((2, 3), 1),
    "depth": ((2, 3, 2), 2),
    "levels": ([(1, 2), (2, 4)], 2),
}


def codes_of(shape, size=9):
    rng = np.random.default_rng(0)
    if isinstance(shape, list):
        return [rng.integers(size, size=(5, *one)) for one in shape]
    return rng.integers(size, size=(5, *shape))


@pytest.mark.parametrize("case", CASES)
def test_there_and_back(case):
    shape, codebooks = CASES[case]
    sequence, codes = CodeSequence(shape, 9, codebooks), codes_of(shape)
    rows = sequence.rows_of(codes)
    assert rows.shape == (5, len(sequence.codebook_of)) and rows.dtype == "int32"
    again = sequence.codes_of(rows)
    assert isinstance(again, list) == isinstance(shape, list)
    for ours, theirs in zip(again, codes, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_map_goes_row_by_row_and_the_codes_of_a_place_stand_together():
    sequence = CodeSequence((2, 2, 2), 9, 2)
    codes = np.arange(8).reshape(1, 2, 2, 2)
    np.testing.assert_array_equal(sequence.rows_of(codes), [np.arange(8)])
    assert sequence.codebook_of == [0, 1] * 4


def test_the_first_level_comes_first():
    sequence = CodeSequence([(1, 2), (2, 2)], 9, 2)
    rows = sequence.rows_of([np.array([[[7, 8]]]), np.arange(4).reshape(1, 2, 2)])
    np.testing.assert_array_equal(rows, [[7, 8, 0, 1, 2, 3]])
    assert sequence.codebook_of == [0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "codes",
    [
        np.zeros((2, 3), int),
        np.full((2, 2, 2), 9),
        np.zeros((2, 2, 2)),
        -np.eye(2, dtype=int)[None],
    ],
)
def test_what_are_no_codes_is_refused(codes):
    with pytest.raises(ValueError, match="Received: "):
        CodeSequence((2, 2), 9).rows_of(codes)
