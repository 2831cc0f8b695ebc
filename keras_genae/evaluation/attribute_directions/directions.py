"""Directions of a latent space along which one attribute changes: a smile, glasses, age."""

import dataclasses
import json
import pathlib
import typing

import numpy as np
from keras import ops

from keras_genae.files import write_aside


@dataclasses.dataclass(frozen=True, eq=False)
class AttributeDirections:
    """Edit examples along directions of the latent space, as `fit_directions` finds them.

    One unit along a direction is one standard deviation of the codes of real data in that
    direction: ±1 is common, ±2 rare, beyond ±3 the decoder is asked for what it has not seen.

    Attributes:
        model: the autoencoder whose latent space it is.
        names: of the attributes, k of them.
        vectors: float64 `(k, latent_dim)`, one unit along each direction.
        side_effects: float64 `(k, k)`. Row i: by how many of its standard deviations the predicted
            score of each attribute changes where the code moves one unit along direction i.
        separation: name → how well the codes tell the attribute, on examples that were not fitted:
            the mean over 5 folds. Near chance the codes do not know the attribute, and its
            direction means nothing.
        separation_deviation: name → the standard deviation of that over the folds.
        measures: name → what `separation` is: `"AUROC"` (0.5 is chance, 1 perfect) of an attribute
            with two values, `"R²"` (0 is chance, 1 perfect) of one with more.

    Example:

    >>> import numpy as np, keras_genae as genae
    >>> from keras_genae.evaluation import fit_directions
    >>> model = genae.Autoencoder((6,), latent_dim=3, widths=(8,), seed=0)
    >>> x = np.random.default_rng(0).normal(size=(200, 6)).astype("float32")
    >>> directions = fit_directions(model, x, {"first": x[:, 0] > 0, "second": x[:, 1]})
    >>> directions.edit_strip(x[:4], "first", [-2, 0, 2]).shape
    (4, 3, 6)
    """

    model: typing.Any
    names: tuple
    vectors: np.ndarray
    side_effects: np.ndarray
    separation: dict
    separation_deviation: dict
    measures: dict

    @property
    def total_side_effects(self):
        """Name → Σ |change| of all other attributes' scores, for one unit: 0 moves nothing else."""
        of_others = self.side_effects - np.diag(np.diag(self.side_effects))
        return dict(zip(self.names, np.abs(of_others).sum(axis=1).tolist(), strict=True))

    def edit(self, x, name, amount, keep_detail=False):
        """Move examples along the direction of one attribute.

        Args:
            x: one example of shape `input_shape`, or a batch `(n, *input_shape)`.
            name: of the attribute.
            amount: how far, in units of the direction; negative for less of it.
            keep_detail: add the change to `x` itself, x + decode(z + δ) − decode(z), so that what
                the reconstruction loses stays, and at amount 0 it is `x`. Sharper, but what stays
                hides the edit: glasses that the model hardly draws cannot be taken off. By default
                decode(z + δ), what the model draws of the edited code; at amount 0 the
                reconstruction.

        Returns:
            float32 array of the shape of `x`, images in [0, 1].

        Raises:
            ValueError: on an unknown name, or data of the wrong shape, dtype or range.
        """
        strip = self.edit_strip(x, name, [amount], keep_detail)
        return strip.reshape(np.shape(x))

    def edit_strip(self, x, name, amounts, keep_detail=False):
        """Move examples along the direction of one attribute, by several amounts.

        Args:
            x, name, keep_detail: as in `edit`.
            amounts: k numbers.

        Returns:
            float32 array `(n, k, *input_shape)`, or `(k, *input_shape)` for a single example.

        Raises:
            ValueError: as `edit`.
        """
        vector = self.vectors[self._index(name)]
        amounts = np.asarray(amounts, "float64")
        x, is_single = self.model.as_batch(x)
        z = self.model.encode(x)
        moved = z[:, None] + amounts[:, None] * vector
        edited = self.model.decode_nested(moved.astype("float32"), is_single=False)
        if keep_detail:
            lost = ops.convert_to_numpy(self.model.to_float(x)) - self.model.decode(z)
            edited += lost[:, None]
            if self.model.is_image:
                np.clip(edited, 0.0, 1.0, out=edited)
        return edited[0] if is_single else edited

    def save(self, path):
        """Write all but the model as JSON.

        Args:
            path: the file; its folder is made if need be.

        Raises:
            OSError: where it cannot be written.
        """
        contents = {
            "names": self.names,
            "vectors": self.vectors.tolist(),
            "side_effects": self.side_effects.tolist(),
            "separation": self.separation,
            "separation_deviation": self.separation_deviation,
            "measures": self.measures,
        }
        with write_aside(path) as aside:
            aside.write_text(json.dumps(contents, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path, model):
        """Read what `save` wrote.

        Args:
            path: the file.
            model: the model that the directions were fitted with.

        Returns:
            `AttributeDirections`.

        Raises:
            OSError: where the file cannot be read.
            ValueError: where it holds something else, or directions of another latent space.
        """
        try:
            contents = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
            contents["names"] = tuple(contents["names"])
            for name in ("vectors", "side_effects"):
                contents[name] = np.array(contents[name], "float64")
            directions = cls(model=model, **contents)
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "The file does not hold attribute directions, as `AttributeDirections.save` writes "
                f"them. Received: path={str(path)!r} ({type(error).__name__}: {error})"
            ) from error
        expected = (len(directions.names), model.latent_dim)
        if directions.vectors.shape != expected:
            raise ValueError(
                f"The directions belong to a model with another latent space than this one, whose "
                f"`latent_dim` is {model.latent_dim}. "
                f"Received: path={str(path)!r}, vectors of shape {directions.vectors.shape}"
            )
        return directions

    def _index(self, name):
        if name not in self.names:
            raise ValueError(
                f"There is no direction of that name. The names are: {', '.join(self.names)}. "
                f"Received: name={name!r}"
            )
        return self.names.index(name)
