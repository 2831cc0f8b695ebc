import numpy as np
import pytest

from keras_genae.visualization import plot_sparsity_frontier


def test_each_model_is_a_line_from_sparse_to_dense():
    figure = plot_sparsity_frontier({"a": [[8, 0.1], [2, 0.4]], "b": [[3, 0.2]]}, "A title")
    first, second = figure.axes[0].get_lines()
    np.testing.assert_allclose(first.get_xydata(), [[2, 0.4], [8, 0.1]])
    assert second.get_label() == "b" and figure.axes[0].get_xscale() == "log"
    figure.canvas.draw()


@pytest.mark.parametrize("frontiers", [{}, {"a": [[0, 0.1]]}, {"a": [1, 2]}])
def test_what_is_no_frontier_is_refused(frontiers):
    with pytest.raises(ValueError, match="Received: frontiers"):
        plot_sparsity_frontier(frontiers)
