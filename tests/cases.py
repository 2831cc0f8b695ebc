"""Cases of a parametrised test: which run each time, and which with the slow checks."""

import pytest


def fast(cases, each_time):
    """All `cases`, those outside `each_time` marked slow: for what one mechanism does for all."""
    unknown = set(each_time) - set(cases)
    assert not unknown, unknown
    return [case if case in each_time else slow(case) for case in cases]


def slow(*case):
    """A case that runs with the slow checks."""
    return pytest.param(*case, marks=pytest.mark.slow)
