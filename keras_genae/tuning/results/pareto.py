"""The trade between objectives: which points are worth having, which to take, how good they are.

A point is one trial, with a number for each objective. One point dominates another where it is no
worse in every objective and better in at least one.
"""

import numpy as np

DIRECTIONS = ("min", "max")
# Distances to the line between the extremes that differ by less than this are the same.
SAME_DISTANCE = 1e-9


def pareto_front(points, directions):
    """The points that no other point dominates.

    Args:
        points: array `(n, objectives)`.
        directions: `"min"` or `"max"` for each objective.

    Returns:
        int array: indices of the front, ascending in the first objective (then in the second, and
        so on). Of equal points the first is on the front, the others are not. A point with a NaN
        or an infinite number never is: such a trial has gone wrong.

    Raises:
        ValueError: on points or directions of the wrong shape or kind.

    Example:

    >>> error_and_size = [[0.30, 10], [0.10, 80], [0.20, 90], [0.12, 40]]
    >>> pareto_front(error_and_size, ["min", "min"]).tolist()
    [1, 3, 0]
    """
    points, costs = _as_costs(points, directions)
    finite = np.flatnonzero(np.isfinite(costs).all(axis=1))
    front = finite[_non_dominated(costs[finite])]
    # `lexsort` takes the most important key last.
    return front[np.lexsort(points[front].T[::-1])]


def knee(points, directions):
    """The point to recommend: where a little more of one objective starts to cost much of another.

    Each objective is scaled to [0, 1] over the front, 0 being best. The line between the front's
    two extremes (with more objectives, the plane that cuts each axis at 1) is what an even trade
    would be; the knee is the point furthest beyond it, towards the best. Where none lies beyond,
    the extremes do best. Among equals the one best in the first objective is taken: of a front of
    two points the better in the first, of a single point that point.

    The knee depends on the scale: of a count that spans decades, such as parameters, pass the
    logarithm.

    Args:
        points: array `(n, objectives)`; those that are not on the front are left aside.
        directions: `"min"` or `"max"` for each objective.

    Returns:
        An int, the index of the point among `points`.

    Raises:
        ValueError: on points or directions of the wrong shape or kind, or without a point to
            recommend.

    Example:

    >>> error_and_size = [[0.30, 10], [0.10, 80], [0.20, 90], [0.12, 40]]
    >>> knee(error_and_size, ["min", "min"])
    3

    Reference:
        Das, "On characterizing the 'knee' of the Pareto curve based on normal-boundary
        intersection", Structural Optimization 18, 1999 (there the plane goes through the best
        point of each objective, which with two objectives is the same line).
    """
    points, costs = _as_costs(points, directions)
    front = pareto_front(points, directions)
    if not len(front):
        raise ValueError(
            "There is no point to recommend: `points` must hold at least one whose numbers are all "
            f"finite. Received: {len(points)} points, none of them finite"
        )
    costs = costs[front]
    best, span = costs.min(axis=0), np.ptp(costs, axis=0)
    # An objective in which all are equal has nothing to say.
    scaled = (costs - best) / np.where(span > 0.0, span, 1.0)
    distance = -scaled.sum(axis=1)  # To a plane parallel to that between the extremes.
    furthest = np.flatnonzero(distance >= distance.max() - SAME_DISTANCE)
    return int(front[min(furthest, key=lambda index: tuple(costs[index]))])


def hypervolume(points, reference, directions):
    """How much of the space between the front and a reference point the front dominates.

    It grows with every point that is better than those before, so that two searches are compared
    by one number, as long as both use one reference. Exact; fit for some dozens of points on the
    front.

    Args:
        points: array `(n, objectives)`. Those no better than the reference in some objective, or
            with a NaN or an infinite number, add nothing.
        reference: one number for each objective, worse than what is worth having.
        directions: `"min"` or `"max"` for each objective.

    Returns:
        A float, in the product of the objectives' units; 0 where no point beats the reference.

    Raises:
        ValueError: on points, directions or a reference of the wrong shape or kind.

    Example:

    >>> hypervolume([[1.0, 3.0], [2.0, 1.0]], reference=[4.0, 4.0], directions=["min", "min"])
    7.0

    Reference:
        While, Bradstreet & Barone, "A Fast Way of Calculating Exact Hypervolumes", 2012.
    """
    _, costs = _as_costs(points, directions)
    reference = _as_reference(reference, directions)
    finite = np.isfinite(costs).all(axis=1)
    # How much better than the reference: each point now is a box with a corner at zero.
    sizes = (reference - costs)[finite]
    return float(_volume_of_boxes(sizes[(sizes > 0.0).all(axis=1)]))


def _as_costs(points, directions):
    """`points` as floats `(n, objectives)`, and the same with lower being better throughout."""
    signs = _signs(directions)
    try:
        points = np.asarray(points, "float64")
    except (ValueError, TypeError) as error:
        raise ValueError(
            "`points` must be numbers, of shape (n, objectives): a row for each trial. "
            f"Received: {error}"
        ) from error
    if points.size == 0 and points.ndim <= 2:
        points = points.reshape(0, len(signs))
    if points.ndim != 2 or points.shape[1] != len(signs):
        raise ValueError(
            "`points` must be an array of shape (n, objectives), with one of `directions` for each "
            f"objective. Received: points.shape={points.shape}, directions={list(directions)}"
        )
    return points, points * signs


def _signs(directions):
    """+1 for what is minimised, −1 for what is maximised."""
    is_list = not isinstance(directions, str) and hasattr(directions, "__iter__")
    directions = list(directions) if is_list else directions
    if not is_list or not directions or any(entry not in DIRECTIONS for entry in directions):
        raise ValueError(
            "`directions` must say 'min' or 'max' for each objective, such as ['min', 'max']. "
            f"Received: directions={directions!r}"
        )
    return np.array([1.0 if direction == "min" else -1.0 for direction in directions])


def _as_reference(reference, directions):
    signs = _signs(directions)
    reference = np.asarray(reference, "float64")
    if reference.shape != signs.shape or not np.isfinite(reference).all():
        raise ValueError(
            "`reference` must hold one finite number for each objective. "
            f"Received: reference={reference.tolist()}, directions={list(directions)}"
        )
    return reference * signs


def _non_dominated(costs):
    """Indices of the rows that no other row dominates; of equal rows, the first."""
    _, first = np.unique(costs, axis=0, return_index=True)
    costs = costs[first]
    # Equal rows are gone, so that no worse anywhere means better somewhere: the row itself is one.
    kept = [np.sum(np.all(costs <= row, axis=1)) == 1 for row in costs]
    return first[np.array(kept, bool)]


def _volume_of_boxes(sizes):
    """The volume of the union of boxes `(n, dimensions)` that share a corner."""
    sizes = sizes[_non_dominated(-sizes)]
    if len(sizes) <= 1 or sizes.shape[1] == 1:
        return np.prod(sizes, axis=1).sum()
    if sizes.shape[1] == 2:
        return _area_of_boxes(sizes)
    # Each box adds its volume less what those after it cover: their parts within the box.
    sizes = sizes[np.argsort(sizes[:, -1])]
    return sum(
        np.prod(box) - _volume_of_boxes(np.minimum(box, sizes[index + 1 :]))
        for index, box in enumerate(sizes)
    )


def _area_of_boxes(sizes):
    """The same in two dimensions, of boxes none of which lies within another."""
    widths, heights = sizes[np.argsort(sizes[:, 0])].T
    # From the narrowest box, which is the highest, to the widest: strips side by side.
    return np.sum(np.diff(widths, prepend=0.0) * heights)
