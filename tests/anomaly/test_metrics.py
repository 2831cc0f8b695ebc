import numpy as np
import pytest

from keras_genae.anomaly.metrics import (
    METRICS,
    auroc,
    average_precision,
    detection_report,
    fpr_at_95_tpr,
    report_table,
)


@pytest.fixture
def labelled(rng):
    is_anomaly = rng.random(300) < 0.2
    return rng.normal(size=300) + 1.5 * is_anomaly, is_anomaly


def test_auroc_is_the_share_of_pairs_in_the_right_order(labelled):
    scores, is_anomaly = labelled
    normal, odd = scores[~is_anomaly], scores[is_anomaly]
    pairs = (odd[:, None] > normal) + 0.5 * (odd[:, None] == normal)
    assert auroc(scores, is_anomaly) == pytest.approx(pairs.mean())


@pytest.mark.parametrize("metric", METRICS.values())
def test_only_the_order_of_the_scores_matters(labelled, metric):
    scores, is_anomaly = labelled
    assert metric(np.exp(3 * scores), is_anomaly) == pytest.approx(metric(scores, is_anomaly))
    shuffled = np.random.default_rng(1).permutation(300)
    same = metric(scores[shuffled], is_anomaly[shuffled])
    assert same == pytest.approx(metric(scores, is_anomaly))


def test_a_score_upside_down(labelled):
    scores, is_anomaly = labelled
    assert auroc(-scores, is_anomaly) == pytest.approx(1.0 - auroc(scores, is_anomaly))


def test_perfect_and_useless_scores():
    is_anomaly = np.arange(100) >= 80
    assert auroc(is_anomaly, is_anomaly) == average_precision(is_anomaly, is_anomaly) == 1.0
    assert fpr_at_95_tpr(is_anomaly.astype(float), is_anomaly) == 0.0
    assert auroc(np.zeros(100), is_anomaly) == 0.5
    assert average_precision(np.zeros(100), is_anomaly) == pytest.approx(0.2)
    assert fpr_at_95_tpr(np.zeros(100), is_anomaly) == 1.0


def test_fpr_counts_the_normal_data_above_the_threshold():
    # 19 of 20 anomalies lie at 2 or above, as do 3 of 10 normal examples.
    scores = [*[2.0] * 19, 0.0, *[1.0] * 7, *[2.0] * 3]
    assert fpr_at_95_tpr(scores, [1] * 20 + [0] * 10) == pytest.approx(0.3)


def test_each_class_is_compared_with_all_normal_data(labelled):
    scores, is_anomaly = labelled
    classes = np.where(is_anomaly, np.where(np.arange(300) % 2, "dent", "scratch"), "fine")
    report = detection_report({"a": scores, "b": -scores}, is_anomaly, classes)
    assert list(report) == ["all", "dent", "scratch"]
    rows = classes != "dent"
    assert report["scratch"]["a"]["auroc"] == auroc(scores[rows], is_anomaly[rows])
    sizes = [np.sum(classes == name) for name in ("dent", "scratch")]
    mean = np.average([report[name]["b"]["auroc"] for name in ("dent", "scratch")], weights=sizes)
    assert report["all"]["b"]["auroc"] == pytest.approx(mean)


def test_the_table_has_a_row_a_class_and_a_column_a_score(labelled):
    scores, is_anomaly = labelled
    table = report_table(detection_report({"ours": scores, "zlib": -scores}, is_anomaly), "fpr95")
    head, row = table.splitlines()
    assert head.split() == ["fpr95", "ours", "zlib"]
    assert row.split()[0] == "all" and len(head) == len(row)
    with pytest.raises(ValueError, match="'auroc', 'aupr', 'fpr95'"):
        report_table({}, "f1")


@pytest.mark.parametrize(
    ("scores", "is_anomaly", "named"),
    [
        ([1.0, 2.0], [0, 0], "0 anomalies among 2"),
        ([1.0, 2.0], [1, 1], "2 anomalies among 2"),
        ([1.0, np.nan], [0, 1], "1 NaN"),
        ([1.0, 2.0, 3.0], [0, 1], r"scores.shape=\(3,\)"),
    ],
)
def test_what_cannot_be_measured_is_named(scores, is_anomaly, named):
    with pytest.raises(ValueError, match=named):
        detection_report({"model": scores}, is_anomaly)


def test_classes_of_another_length_are_refused():
    with pytest.raises(ValueError, match="the class of each example"):
        detection_report({"model": [0.0, 1.0]}, [0, 1], ["a"])
