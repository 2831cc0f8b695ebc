"""What each latent unit does to a picture."""

import dataclasses

import numpy as np

from keras_genae.pixels import as_pixels, check_pictures, check_whole_number
from keras_genae.visualization._panels import picture_grid

VALUE_OF_PRIOR = "Value of the unit, in standard deviations of the prior"


def plot_traversals(model, images=None, count=10, span=3.0, steps=9, title=None):
    """Draw what happens to a picture when one latent unit moves and the others stay.

    A row for each of the units that carry most, first the one that carries most:

    - Of a variational model, by its KL divergence from the prior, averaged over `images`. Unit `i`
      moves over `[-span, span]`, in standard deviations of the prior; the others stay at the
      posterior mean that is closest to the middle of the prior, that of the most typical image.
    - Of a plain autoencoder, by the variance of its codes. Unit `i` moves `span` standard
      deviations of its own codes to both sides of their mean; the others stay at their means.

    Args:
        model: an autoencoder of this package with a flat latent space.
        images: array of shape `(n, height, width, channels)`, in the range the model was trained
            on. A few hundred give a steady order. Without images a variational model starts from
            the middle of its prior, its units in their own order.
        count: how many units to draw, at most.
        span: how far a unit moves to either side, in standard deviations.
        steps: how many pictures make a row, at least 2.
        title: the figure's title.

    Returns:
        `matplotlib.figure.Figure`. The KL divergences in its labels are in nats.

    Raises:
        ValueError: where a number is out of its range, where `images` are no pictures, or where
            they are missing and the model is a plain autoencoder.

    Example:

    ```python
    figure = plot_traversals(model, val_images[:500], count=8, title="Drawn faces, ConvVAE")
    figure.savefig("traversals.png")
    ```
    """
    check_whole_number("count", count, least=1)
    check_whole_number("steps", steps, least=2)
    if not span > 0:
        raise ValueError(f"Argument `span` must be positive. Received: span={span}")

    path = _path(model, images)
    units = path.order()[:count]
    offsets = np.linspace(-span, span, steps)
    decoded = np.asarray(model.decode(path.codes(units, offsets)))
    figure, _ = picture_grid(
        as_pixels(decoded, "model.decode(z)"),
        steps,
        title,
        row_labels=[path.label(unit) for unit in units],
        column_labels=[_signed(offset) for offset in offsets],
        caption=path.caption,
    )
    return figure


@dataclasses.dataclass
class _Path:
    """Where a traversal starts, and where unit i goes: middle[i] + offset * spread[i]."""

    start: np.ndarray  # (latent_dim,), as all arrays here
    middle: np.ndarray
    spread: np.ndarray
    caption: str
    scores: np.ndarray | None = None
    score_name: str = ""

    def order(self):
        """All units, the one with the highest score first."""
        if self.scores is None:
            return np.arange(len(self.start))
        return np.argsort(-self.scores, kind="stable")

    def codes(self, units, offsets):
        """The latent codes of all pictures, row by row: (units * offsets, latent_dim)."""
        z = np.tile(self.start, (len(units), len(offsets), 1))
        for row, unit in enumerate(units):
            z[row, :, unit] = self.middle[unit] + offsets * self.spread[unit]
        return z.reshape(-1, len(self.start)).astype("float32")

    def label(self, unit):
        """A row's label, with the unit's score where there is one."""
        score = "" if self.scores is None else f"  {self.score_name} {self.scores[unit]:.2f}"
        return f"z[{unit}]{score}"


def _path(model, images):
    # A normal prior is N(0, I), to which normal posteriors have a KL of each unit.
    variational = hasattr(getattr(model, "prior", None), "kl_per_unit")
    if images is not None:
        images = check_pictures(images, "images")
        of_units = variational and hasattr(model.encode_distribution(images[:1]), "kl_per_unit")
        return _vae_path(model, images) if of_units else _autoencoder_path(model, images)
    if not variational:
        raise ValueError(
            "Without the prior N(0, I) of a VAE nothing tells how far units reach. Pass some of "
            f"the data as `images`. Received: images=None, model={model}"
        )
    zeros = np.zeros(model.latent_dim)
    return _Path(zeros, zeros, zeros + 1.0, f"{VALUE_OF_PRIOR}.")


def _vae_path(model, images):
    posterior = model.encode_distribution(images)
    means = np.asarray(posterior.mean, "float64")
    start = means[np.argmin(np.square(means).sum(axis=1))]
    return _Path(
        start,
        middle=np.zeros_like(start),
        spread=np.ones_like(start),
        caption=f"{VALUE_OF_PRIOR}; KL in nats.",
        scores=np.asarray(posterior.kl_per_unit(), "float64").mean(axis=0),
        score_name="KL",
    )


def _autoencoder_path(model, images):
    codes = np.asarray(model.encode(images), "float64")
    mean = codes.mean(axis=0)
    return _Path(
        start=mean,
        middle=mean,
        spread=codes.std(axis=0),
        caption="Distance from the unit's mean, in standard deviations of its codes.",
        scores=codes.var(axis=0),
        score_name="variance",
    )


def _signed(number):
    return f"{number:.3g}".replace("-", "−")
