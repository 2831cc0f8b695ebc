"""The zoo's models side by side: their reconstructions and samples, and their numbers."""

import io

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from keras_genae.files import write_aside
from keras_genae.visualization._panels import FAINT, INK

SHOWN = 6
COLUMNS = 3
# In pixels: the picture is drawn as it is, and shown in a README at about 0.7 of that.
MARGIN, LABEL, BETWEEN_ROWS, BETWEEN_COLUMNS = 10, 30, 2, 24
DPI = 100
NAME_SIZE, FAMILY_SIZE = 12.5, 10.5  # points
MOST_BYTES = 1_400_000
COLORS = 256


def draw_zoo(pictures, families, path):
    """One picture: each model's reconstructions of the faces on top, and samples below them.

    Args:
        pictures: name → dict of uint8 arrays `(n, height, width, 3)`, `"reconstructions"` and
            `"samples"`, either of which may be missing; of `"real"`, the faces, and others.
        families: name → family, in the order of the picture.
        path: the PNG file.

    Returns:
        Its size in bytes.
    """
    size = pictures["real"]["samples"].shape[1]
    width, height = SHOWN * size, LABEL + 2 * size + BETWEEN_ROWS
    names = [name for name in families if name in pictures]
    lines = -(-len(names) // COLUMNS)
    canvas = np.full(
        (
            2 * MARGIN + (1 + lines) * height,
            2 * MARGIN + COLUMNS * width + (COLUMNS - 1) * BETWEEN_COLUMNS,
            3,
        ),
        255,
        "uint8",
    )
    texts = []

    def block(shown, name, family, column, line):
        left = MARGIN + column * (width + BETWEEN_COLUMNS)
        top = MARGIN + line * height
        texts.append((left, top + 0.68 * LABEL, name, family))
        for row, key in enumerate(("reconstructions", "samples")):
            for i, image in enumerate(shown.get(key, ())[:SHOWN]):
                y, x = top + LABEL + row * (size + BETWEEN_ROWS), left + i * size
                canvas[y : y + size, x : x + size] = image

    for column in range(COLUMNS):
        block(pictures["real"], "Faces to reconstruct, and others", "", column, 0)
    for i, name in enumerate(names):
        column, line = divmod(i, lines)
        block(pictures[name], name, families[name], column, line + 1)
    return save(with_texts(canvas, texts, width), path)


def with_texts(canvas, texts, width):
    """The pixels with names, and families at the other end of their line: an image of PIL."""
    rows, columns = canvas.shape[:2]
    figure = Figure(figsize=(columns / DPI, rows / DPI), dpi=DPI, facecolor="white")
    figure.figimage(canvas, origin="upper")
    for left, base, name, family in texts:
        y = 1.0 - base / rows
        style = {"va": "baseline"}
        figure.text(left / columns, y, name, size=NAME_SIZE, weight="bold", color=INK, **style)
        right = (left + width) / columns
        figure.text(right, y, family, size=FAMILY_SIZE, color=FAINT, ha="right", **style)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    return Image.open(drawn).convert("RGB")


def save(image, path):
    """Write a PNG, in 256 colours where it would be large with all; return its size in bytes."""
    ways = (
        lambda: image,
        lambda: image.quantize(COLORS, dither=Image.Dither.FLOYDSTEINBERG),
        lambda: image.quantize(COLORS, dither=Image.Dither.NONE),
    )
    for way in ways:
        data = io.BytesIO()
        way().save(data, format="png", optimize=True)
        if data.tell() <= MOST_BYTES:
            break
    with write_aside(path) as aside:
        aside.write_bytes(data.getvalue())
    return data.tell()


def table(rows, real, settings):
    """The numbers as Markdown.

    Args:
        rows: name → dict, as `zoo.py` keeps them, in the order of the table.
        real: the distances of as many real faces.
        settings: of the run.

    Returns:
        A string.
    """
    notes = []
    images = settings["images"]
    length = (
        f"{settings['minutes']:g} CPU minute{'' if settings['minutes'] == 1 else 's'}"
        if settings["minutes"]
        else f"{settings['steps']} steps"
    )
    header = (
        "model", "family", "MSE", "rate, nats", "active units", "Fréchet distance",
        "patch distance", "CPU s an epoch", "steps × batch = epochs", "parameters", "",
    )  # fmt: skip
    lines = [header, ("---",) * 2 + ("---:",) * 8 + ("---",)]
    blank = ("–",) * 4
    distances = (f"{real['frechet_distance']:.2f}", f"{real['patch_distance']:.4f}")
    lines.append(("*other real faces*", "", "–", "–", "–", *distances, "–", "–", "–", ""))
    for name, row in rows.items():
        marks = []
        for note in [*row["notes"], *([f"failed: {row['error']}"] if "error" in row else [])]:
            if note not in notes:
                notes.append(note)
            marks.append(str(notes.index(note) + 1))
        numbers = (*blank, *blank) if "error" in row else numbers_of(row)
        lines.append((f"`{name}`", row["family"], *numbers, ", ".join(marks)))
    text = [f"| {' | '.join(line)} |" for line in lines]
    text += [
        "",
        f"Each trained for {length} on {images:,} images, measured on {settings['held_out']:,} "
        "others. An epoch is all training images once. \\* samples from a density fitted to the "
        "codes afterwards, a normal distribution, or of tokens a transformer in two epochs: the "
        "model has none of its own. "
        "Of tokens the rate is what they cost if all codes come alike, and their perplexity stands "
        "under active units.",
        "",
        *(f"{i + 1}. {note}" for i, note in enumerate(notes)),
    ]
    return "\n".join(text)


def numbers_of(row):
    """The cells of a model that ran."""

    def cell(name, style):
        value = row.get(name)
        return "–" if value is None else style.format(value)

    star = " \\*" if row.get("is_fitted") else ""
    used = row.get("units") or row.get("codes")
    return (
        cell("mse", "{:.4f}"),
        cell("rate", "{:.1f}"),
        f"{used[0]:.0f} of {used[1]:,}" if used else "–",
        cell("frechet_distance", "{:.2f}" + star),
        cell("patch_distance", "{:.4f}" + star),
        cell("seconds_an_epoch", "{:.0f}"),
        f"{row['steps']:,} × {row['batch']} = {row['epochs']:.2f}",
        f"{row['parameters']:,}",
    )
