"""How well scores tell anomalies from normal data, beside what needs no model."""

import numpy as np


def auroc(scores, is_anomaly):
    """The chance that an anomaly scores higher than a normal example; ties count half.

    Args:
        scores: `(n,)`, higher being more anomalous.
        is_anomaly: `(n,)`, booleans, or 0 and 1.

    Returns:
        A float: 1 is perfect, 0.5 a coin, below it the score is upside down.

    Raises:
        ValueError: where lengths differ, a score is NaN, or one of the two kinds is missing.

    Example:

    >>> auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    from sklearn.metrics import roc_auc_score

    scores, is_anomaly = _checked(scores, is_anomaly)
    return float(roc_auc_score(is_anomaly, scores))


def average_precision(scores, is_anomaly):
    """The area under precision over recall, the anomalies being what is looked for.

    Args:
        scores, is_anomaly: as in `auroc`.

    Returns:
        A float up to 1; chance is the share of anomalies.

    Raises:
        ValueError: as in `auroc`.

    Example:

    >>> round(average_precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]), 3)
    0.833
    """
    from sklearn.metrics import average_precision_score

    scores, is_anomaly = _checked(scores, is_anomaly)
    return float(average_precision_score(is_anomaly, scores))


def fpr_at_95_tpr(scores, is_anomaly):
    """The share of normal data flagged where the threshold is such that 95 % of anomalies are.

    Args:
        scores, is_anomaly: as in `auroc`.

    Returns:
        A float: 0 is perfect, 0.95 chance.

    Raises:
        ValueError: as in `auroc`.

    Example:

    >>> fpr_at_95_tpr([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.5
    """
    from sklearn.metrics import roc_curve

    scores, is_anomaly = _checked(scores, is_anomaly)
    false_alarms, found, _ = roc_curve(is_anomaly, scores, drop_intermediate=False)
    return float(false_alarms[np.argmax(found >= 0.95)])


METRICS = {"auroc": auroc, "aupr": average_precision, "fpr95": fpr_at_95_tpr}


def detection_report(scores, is_anomaly, classes=None):
    """Every metric of every score, for all anomalies and for each class of them.

    A mean over classes hides that one of them is upside down; put `compressed_size`, `energy` and
    `pca_error` of the same data beside the scores of a model, and see what the model adds.

    Args:
        scores: dict of name → `(n,)`, higher being more anomalous.
        is_anomaly: `(n,)`, booleans, or 0 and 1.
        classes: `(n,)`, the class of each example; each class with an anomaly is compared with all
            normal data.

    Returns:
        Dict of class → score's name → `{"auroc", "aupr", "fpr95"}`, with `"all"` first.

    Raises:
        ValueError: as in `auroc`.

    Example:

    >>> report = detection_report(
    ...     {"model": [0.1, 0.2, 0.9, 0.15]}, [0, 0, 1, 1], ["ok", "ok", "scratch", "dent"])
    >>> {name: row["model"]["auroc"] for name, row in report.items()}
    {'all': 0.75, 'dent': 0.5, 'scratch': 1.0}
    >>> print(report_table(report))
    auroc             model
    all               0.750
    dent              0.500
    scratch           1.000
    """
    is_anomaly = np.asarray(is_anomaly).astype(bool)
    chosen = {"all": np.ones(len(is_anomaly), bool)}
    if classes is not None:
        classes = np.asarray(classes)
        if classes.shape != is_anomaly.shape:
            raise ValueError(
                "`classes` must name the class of each example. "
                f"Received: {classes.shape} classes for {is_anomaly.shape} examples"
            )
        for name in np.unique(classes[is_anomaly]):
            chosen[str(name)] = ~is_anomaly | (classes == name)
    scores = {name: np.asarray(values, "float64") for name, values in scores.items()}
    for values in scores.values():
        _checked(values, is_anomaly)
    return {
        group: {
            name: {
                metric: measure(values[rows], is_anomaly[rows])
                for metric, measure in METRICS.items()
            }
            for name, values in scores.items()
        }
        for group, rows in chosen.items()
    }


def report_table(report, metric="auroc"):
    """A report as text: a row for each class, a column for each score.

    Args:
        report: from `detection_report`.
        metric: `"auroc"`, `"aupr"` or `"fpr95"`.

    Returns:
        A str of several lines.

    Raises:
        ValueError: where `metric` is another.
    """
    if metric not in METRICS:
        raise ValueError(
            f"`metric` must be one of {', '.join(map(repr, METRICS))}. Received: metric={metric!r}"
        )
    names = list(next(iter(report.values())))
    first = max(len(text) for text in (metric, *report))
    lines = [f"{metric:{first}}" + "".join(f"  {name:>{_width(name)}}" for name in names)]
    for group, row in report.items():
        cells = (f"  {row[name][metric]:{_width(name)}.3f}" for name in names)
        lines.append(f"{group:{first}}" + "".join(cells))
    return "\n".join(lines)


def _width(name):
    return max(len(name), 14)


def _checked(scores, is_anomaly):
    scores, is_anomaly = np.asarray(scores, "float64"), np.asarray(is_anomaly).astype(bool)
    if scores.ndim != 1 or scores.shape != is_anomaly.shape:
        raise ValueError(
            "`scores` and `is_anomaly` must be of one shape (n,). "
            f"Received: scores.shape={scores.shape}, is_anomaly.shape={is_anomaly.shape}"
        )
    if np.isnan(scores).any():
        raise ValueError(f"Scores must be numbers. Received: {np.isnan(scores).sum()} NaN")
    if is_anomaly.all() or not is_anomaly.any():
        raise ValueError(
            "There must be anomalies and normal examples to tell apart. "
            f"Received: {is_anomaly.sum()} anomalies among {len(is_anomaly)} examples"
        )
    # Their order is all that counts, and an infinite score has its place in it.
    return np.unique(scores, return_inverse=True)[1], is_anomaly
