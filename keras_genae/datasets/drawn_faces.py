"""Portraits drawn by code from named factors: a face data set which needs no download."""

import concurrent.futures
import numbers
import os
import typing

import numpy as np

from keras_genae.datasets import face_renderer
from keras_genae.datasets.checked_integer import checked_integer
from keras_genae.progress import progress_bar

# A chunk has about this many pixels, so that its planes stay in a core's cache.
_CHUNK_PIXELS = 32 * 64 * 64
_SMALLEST_SIZE = 8


class Factor(typing.NamedTuple):
    """One property of a drawn face.

    Attributes:
        low: smallest value.
        high: largest value.
        neutral: value in `render_faces` where the factor is not given.
        chance: `None` where a draw is uniform over the range; else the probability that a face
            has the property at all, and the draw is 0 in all other faces.
        binary: whether the only values are `low` and `high`.
        meaning: what its smallest and its largest value look like.
    """

    low: float
    high: float
    neutral: float
    chance: float | None
    binary: bool
    meaning: str


def _share(neutral, meaning, chance=None):
    return Factor(0.0, 1.0, neutral, chance, False, meaning)


def _balance(meaning):
    return Factor(-1.0, 1.0, 0.0, None, False, meaning)


def _switch(chance, meaning):
    return Factor(0.0, 1.0, 0.0, chance, True, meaning)


FACTORS = {
    "skin_tone": _share(0.25, "from light to dark"),
    "age": _share(0.25, "from young to old: wrinkles from 0.35, grey hair from 0.5, a heavier jaw"),
    "face_width": _balance("from narrow to wide"),
    "head_turn": _balance("from 30 degrees to the picture's left to 30 degrees to its right"),
    "head_tilt": _balance("from 10 degrees to the picture's left to 10 degrees to its right"),
    "hair_color": _share(0.4, "black, dark brown, brown, red, blond"),
    "hair_length": _share(0.6, "from above the ears to below the shoulders"),
    "hair_curl": _share(0.2, "from straight and flat to curly and full"),
    "fringe": _share(0.3, "from a free forehead to hair down to the brows"),
    "parting": _balance("the side of the parting, and the other to which the hair is swept"),
    "bald": _switch(0.1, "no hair on the head"),
    "beard": _share(0.0, "no beard, stubble, a full beard", chance=0.3),
    "brow_weight": _share(0.4, "from thin to thick brows"),
    "brow_lift": _balance("from a frown to raised brows"),
    "eye_color": _share(0.3, "dark brown, light brown, green, blue"),
    "eye_size": _share(0.5, "from small to large eyes"),
    "gaze": _balance("from eyes looking to the picture's left to its right"),
    "glasses": _switch(0.3, "wears glasses"),
    "nose_size": _share(0.4, "from a small nose to a long and wide one"),
    "smile": _share(0.5, "from a stern mouth to a laugh which shows the teeth, from 0.55"),
    "lip_fullness": _share(0.5, "from thin to full lips"),
    "light": _balance("light from the picture's left, from the front, from its right"),
    "background_hue": _share(0.58, "once around the colour wheel: 0 and 1 are the same red"),
    "background_tone": _share(0.8, "from a dark to a bright background"),
    "clothes_hue": _share(0.6, "once around the colour wheel: 0 and 1 are the same red"),
}
"""Every factor's name to its `Factor`, in the order in which they are drawn."""


def draw_faces(count, size=64, seed=0, verbose=0, workers=None):
    """Draw portraits of people who do not exist, and the factors which they were drawn from.

    Every factor is drawn independently of all others, so the factors are a ground truth for
    disentanglement scores. A face depends on `seed` and on its place only: a longer draw with the
    same seed begins with the same faces.

    Args:
        count: number of faces, 0 or more.
        size: height and width of a picture, or a pair `(height, width)`; each at least 8. The
            face fills the shorter side.
        seed: integer of 0 or more, which chooses the faces.
        verbose: 0 or 1; whether to show a progress bar.
        workers: number of threads, all available cores where it is `None`. It does not change
            the result.

    Returns:
        A tuple `(images, factors)`:

        - `images`: uint8 array `(count, height, width, 3)`.
        - `factors`: dict of every name in `FACTORS` to an array `(count,)`: int32 of 0 and 1 for
          binary factors, else float32 within the factor's range. Most are uniform over it; where
          `FACTORS[name].chance` is a number, the factor is 0 with the remaining probability.

    Raises:
        ValueError: where `count`, `size`, `seed` or `workers` is not one of the values above.

    Example:

    >>> images, factors = draw_faces(5, size=32, seed=3)
    >>> images.shape, images.dtype
    ((5, 32, 32, 3), dtype('uint8'))
    >>> factors["smile"].shape
    (5,)
    """
    count = checked_integer(count, "count", least=0)
    seed = checked_integer(seed, "seed", least=0)
    factors = _draw_factors(count, seed)
    return _render(factors, count, size, verbose, workers), factors


def render_faces(factors, size=64, verbose=0, workers=None):
    """Draw the portraits which given factors describe.

    The same factors give the same pixels as in `draw_faces`. To see what a factor does, sweep it
    and leave the others out.

    Args:
        factors: dict of names in `FACTORS` to arrays `(count,)` within the factor's range, or to
            single numbers which hold for all faces. A missing name takes
            `FACTORS[name].neutral`. Without any array there is one face.
        size: height and width of a picture, or a pair `(height, width)`; each at least 8. The
            face fills the shorter side.
        verbose: 0 or 1; whether to show a progress bar.
        workers: number of threads, all available cores where it is `None`. It does not change
            the result.

    Returns:
        uint8 array `(count, height, width, 3)`.

    Raises:
        ValueError: where a name is not in `FACTORS`, a value is not a number within its factor's
            range, arrays differ in length, or `size` or `workers` is not one of the values above.

    Example:

    >>> import numpy as np
    >>> images = render_faces({"smile": np.linspace(0, 1, 5), "glasses": 1}, size=(48, 40))
    >>> images.shape
    (5, 48, 40, 3)
    """
    factors, count = _complete(factors)
    return _render(factors, count, size, verbose, workers)


def _draw_factors(count, seed):
    # Row by row, so that the first faces of a longer draw are those of a shorter one.
    draws = np.random.Generator(np.random.PCG64(seed)).random((count, len(FACTORS)))
    columns = zip(FACTORS.items(), draws.T, strict=True)
    return {name: _scale_draw(factor, draw) for (name, factor), draw in columns}


def _scale_draw(factor, draw):
    """Turn draws from 0..1 into a factor's values."""
    if factor.binary:
        return (draw < factor.chance).astype(np.int32)
    if factor.chance is not None:
        draw = np.where(draw < factor.chance, draw / factor.chance, 0.0)
    return (factor.low + (factor.high - factor.low) * draw).astype(np.float32)


def _render(factors, count, size, verbose, workers):
    height, width = _checked_size(size)
    workers = _checked_workers(workers)
    images = np.empty((count, height, width, 3), np.uint8)
    if count == 0:
        return images
    factors = {name: values.astype(np.float32) for name, values in factors.items()}
    chunk = max(1, _CHUNK_PIXELS // (height * width))
    order = face_renderer.alike(factors)

    def paint(start):
        chosen = order[start : start + chunk]
        rows = {name: values[chosen] for name, values in factors.items()}
        images[chosen] = face_renderer.paint_portraits(rows, height, width)
        return len(chosen)

    starts = range(0, count, chunk)
    bar = progress_bar(count, "face") if verbose else None
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for painted in pool.map(paint, starts):
            if bar:
                bar.add(painted)
    return images


# Checks ------------------------------------------------------------------------------------------


def _complete(factors):
    """Fill in what is missing: `(factors, count)` with an array for every name."""
    if not isinstance(factors, dict):
        raise ValueError(
            "`factors` must be a dict of factor names to arrays. "
            f"Received: factors={factors!r} of type {type(factors).__name__}"
        )
    unknown = sorted(str(name) for name in factors if name not in FACTORS)
    if unknown:
        raise ValueError(
            f"`factors` has unknown names {unknown}. Use names in `FACTORS`: {', '.join(FACTORS)}. "
            f"Received: factors with the names {[str(name) for name in factors]}"
        )
    given = {name: _checked_values(name, values) for name, values in factors.items()}
    lengths = {name: len(values) for name, values in given.items() if values.ndim}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            "All arrays in `factors` must have the same length, one value for each face. "
            f"Received: lengths={lengths}"
        )
    count = next(iter(lengths.values()), 1)
    complete = {
        name: np.broadcast_to(given.get(name, np.float32(factor.neutral)), (count,))
        for name, factor in FACTORS.items()
    }
    return complete, count


def _checked_values(name, values):
    factor = FACTORS[name]
    try:
        array = np.asarray(values).astype(np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Factor `{name}` must be a number or an array of numbers. Received: {name}={values!r}"
        ) from error
    if array.ndim > 1:
        raise ValueError(
            f"Factor `{name}` must be a number or an array `(count,)`. "
            f"Received: {name} of shape {array.shape}"
        )
    # Written so that NaN, which compares as false, is wrong as well.
    wrong = ~((array >= factor.low) & (array <= factor.high))
    if factor.binary:
        wrong |= (array != factor.low) & (array != factor.high)
    if wrong.any():
        allowed = f"{factor.low:g} or {factor.high:g}"
        if not factor.binary:
            allowed = f"between {factor.low:g} and {factor.high:g}"
        raise ValueError(
            f"Factor `{name}` must be {allowed} ({factor.meaning}). "
            f"Received: {name}={array[wrong].flat[0]}"
        )
    return array


def _checked_size(size):
    pair = (size, size) if isinstance(size, numbers.Integral) else size
    try:
        height, width = (checked_integer(side, "size", _SMALLEST_SIZE) for side in pair)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"`size` must be an integer of {_SMALLEST_SIZE} or more, or a pair `(height, width)` "
            f"of them. Received: size={size!r}"
        ) from error
    return height, width


def _checked_workers(workers):
    if workers is not None:
        return checked_integer(workers, "workers", least=1)
    # A container or a batch system may grant fewer cores than the machine has.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
