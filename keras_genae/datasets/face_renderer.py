"""The painter behind `drawn_faces`: factors in, pixels out, many faces at a time.

A portrait is painted back to front on a canvas of float32 planes, with x to the right and y
downwards. The shorter side of a picture is `2 * _VIEW` long, whatever its number of pixels, and a
head is 1.2 high. A shape is a signed distance (negative inside), which `_cover` turns into a mask
whose edge is about one pixel wide.

The head has a frame of its own, which leans with `head_tilt`. On it, a feature has a place
`(u, y)` on the unturned face; `_Area.unturned` wraps that flat face around an ellipsoid which is
turned by `head_turn`, so that features move, foreshorten and hide together.

Only `+ - * /`, `sqrt`, `abs`, `sign`, `rint` and comparisons touch pixels. IEEE 754 rounds those to
the last bit, hence a face does not depend on which others it is painted with.
"""

import math
import types

import numpy as np

# Half of the picture's shorter side, and the height at its middle.
_VIEW = 0.87
_VIEW_MIDDLE = -0.03
# The head leans about this height, where the neck leaves the shoulders.
_PIVOT = 0.62
_HEAD_MIDDLE = -0.08
_EYE_LEVEL = -0.06
_EYE_DISTANCE = 0.188
_MOUTH_LEVEL = 0.29
# Hair of this length hangs over the ears.
_EARS_COVERED = 0.29
# Below this many pixels, three channels at once are faster than one after the other.
_SMALL_AREA = 8192
_LARGEST_TURN = np.deg2rad(30.0)
_LARGEST_TILT = np.deg2rad(10.0)
_LARGEST_LIGHT = np.deg2rad(65.0)

# Colours from one end of a factor to the other, evenly spaced.
_SKIN_COLORS = (
    (1.00, 0.88, 0.79),
    (0.98, 0.80, 0.67),
    (0.87, 0.66, 0.50),
    (0.68, 0.47, 0.33),
    (0.46, 0.30, 0.21),
)
_HAIR_COLORS = (
    (0.11, 0.09, 0.10),
    (0.25, 0.16, 0.11),
    (0.44, 0.27, 0.15),
    (0.66, 0.32, 0.13),
    (0.90, 0.71, 0.39),
)
_IRIS_COLORS = (
    (0.27, 0.16, 0.09),
    (0.48, 0.32, 0.14),
    (0.35, 0.50, 0.27),
    (0.25, 0.52, 0.78),
)
_GREY_HAIR = (0.82, 0.81, 0.80)
_LASH_COLOR = (0.13, 0.08, 0.07)
_FRAME_COLOR = (0.11, 0.09, 0.11)


def paint_portraits(factors, height, width):
    """Paint one portrait for each row of the factors.

    Args:
        factors: dict of every factor's name to a float32 array `(count,)`.
        height: rows of a picture.
        width: columns of a picture.

    Returns:
        uint8 array `(count, height, width, 3)`.
    """
    face = _measure(factors)
    canvas = _Canvas(face, height, width)
    _background(canvas, face)
    hair = _hair_shape(canvas, face)
    _hair_behind(hair, face)
    _neck_and_clothes(canvas, face)
    _ears(canvas, face, in_front=False)
    _head(canvas, face)
    _cheeks(canvas, face)
    _wrinkles(canvas, face)
    _beard(canvas, face)
    _mouth(canvas, face)
    _nose(canvas, face)
    _eyes(canvas, face)
    _brows(canvas, face)
    _hair_shadow(canvas, hair, face)
    _glasses(canvas, face)
    _hair_in_front(canvas, hair, face)
    _ears(canvas, face, in_front=True)
    return canvas.to_bytes()


def alike(factors):
    """An order of faces in which neighbours have the same parts and look the same way.

    Chunks of such faces leave out more parts and paint the others in smaller patches.

    Args:
        factors: dict of every factor's name to a float32 array `(count,)`.

    Returns:
        int array `(count,)`: the rows in that order.
    """
    ears_show = (factors["hair_length"] < _EARS_COVERED) | (factors["bald"] > 0)
    parts = (factors["glasses"], factors["bald"], ears_show, factors["beard"] > 0)
    return np.lexsort([factors["head_turn"], *parts])


# Measures of the faces ---------------------------------------------------------------------------


def _measure(factors):
    """Turn factors into lengths and colours, shaped to broadcast over `(face, row, column)`."""
    values = {name: np.asarray(value, np.float64) for name, value in factors.items()}
    face = types.SimpleNamespace(count=len(values["age"]))
    for name, value in values.items():
        setattr(face, name, _per_face(value))
    _measure_pose(face, values)
    _measure_colors(face, values)
    return face


def _measure_pose(face, values):
    turn, tilt = values["head_turn"] * _LARGEST_TURN, values["head_tilt"] * _LARGEST_TILT
    light = values["light"] * _LARGEST_LIGHT
    half_width = 0.435 + 0.045 * values["face_width"]
    # A point (u, depth) on the head's ellipse turns to x = reach * sin(angle + phase).
    across, along = half_width * np.cos(turn), 0.85 * half_width * np.sin(turn)
    reach = np.sqrt(across**2 + along**2)
    measures = {
        "turn_sine": np.sin(turn),
        "turn_cosine": np.cos(turn),
        "tilt_sine": np.sin(tilt),
        "tilt_cosine": np.cos(tilt),
        "half_width": half_width,
        "half_height": 0.595 - 0.012 * values["face_width"],
        "reach": reach,
        "phase_sine": along / reach,
        "phase_cosine": across / reach,
        "front_x": along,
        # The unit vector to the light: sideways, down (it is above), to the front.
        "light_x": 0.88 * np.sin(light),
        "light_y": np.full_like(light, -0.47),
        "light_z": 0.88 * np.cos(light),
        "opening": np.clip(values["smile"] - 0.55, 0, None) / 0.45,
        "wrinkle": np.clip(values["age"] - 0.35, 0, None) / 0.65,
    }
    for name, value in measures.items():
        setattr(face, name, _per_face(value))


def _measure_colors(face, values):
    skin = _between(_SKIN_COLORS, values["skin_tone"])
    grey = np.clip((values["age"] - 0.5) / 0.45, 0, 1)[:, None]
    hair = _between(_HAIR_COLORS, values["hair_color"])
    hair = hair + 0.9 * grey * (np.asarray(_GREY_HAIR) - hair)
    background = _from_hue(values["background_hue"], 0.36)
    background = background * (0.45 + 0.55 * values["background_tone"][:, None])
    clothes = _from_hue(values["clothes_hue"], 0.66)
    iris = _between(_IRIS_COLORS, values["eye_color"])
    red = np.asarray((0.78, 0.25, 0.27))
    colors = {
        "skin": skin,
        # Light bounces about in skin, so its shadows are redder than itself.
        "skin_light": np.minimum(1.0, skin * 1.06 + (0.035, 0.03, 0.02)),
        "skin_dark": skin * (0.66, 0.53, 0.50),
        "skin_line": skin * (0.50, 0.36, 0.33),
        "nostril": skin * (0.30, 0.216, 0.198),
        "blush": skin * 0.62 + 0.38 * np.asarray((0.93, 0.36, 0.33)) * skin[:, :1],
        "lip": skin * (0.52, 0.40, 0.42) + 0.46 * red * (0.45 + 0.55 * skin[:, :1]),
        "mouth_line": 0.62 * (skin * (0.36, 0.20, 0.22) + 0.20 * red),
        "lip_dark": skin * (0.36, 0.20, 0.22) + 0.20 * red,
        "hair": hair,
        "hair_dark": hair * (0.50, 0.46, 0.47),
        "hair_light": hair + 0.34 * (np.asarray((1.0, 0.95, 0.86)) - hair),
        "hair_behind": hair * (0.34, 0.31, 0.33),
        # Brows and beard keep their colour longer than the hair of the head.
        "brow": 0.62 * hair + 0.38 * hair * skin,
        "background": 0.76 * background,
        "background_light": 0.16 + 0.84 * background,
        "clothes_dark": 0.34 * clothes,
        "clothes_light": 0.10 + 0.72 * clothes,
        "iris": iris,
        "iris_dark": 0.45 * iris,
        "iris_light": np.minimum(1.35 * iris + 0.08, 1.0),
    }
    for name, value in colors.items():
        setattr(face, name, _color(value))


def _per_face(value):
    return value.astype(np.float32)[:, None, None]


def _color(rows):
    rows = np.atleast_2d(np.asarray(rows, np.float32))
    return rows[:, :, None, None]


def _between(colors, position):
    """Colours `(count, 3)` at `position` in 0..1 along evenly spaced `colors`."""
    stops = np.linspace(0, 1, len(colors))
    return np.stack([np.interp(position, stops, band) for band in np.transpose(colors)], axis=1)


def _from_hue(hue, saturation):
    """Colours `(count, 3)` of a smooth turn around the colour wheel."""
    angle = 2 * np.pi * (np.asarray(hue)[:, None] - np.asarray((0.0, 1 / 3, 2 / 3)))
    return 1 - saturation * (0.5 - 0.5 * np.cos(angle))


# Canvas ------------------------------------------------------------------------------------------


class _Canvas:
    """Planes `(face, channel, row, column)` of float32, and the areas on them to paint in."""

    def __init__(self, face, height, width):
        self.face = face
        self.shape = (height, width)
        self.pixel = np.float32(2 * _VIEW / min(height, width))
        self.pixels = np.empty((face.count, 3, height, width), np.float32)
        # The share of each pixel which the head covers, once the head is painted.
        self.on_head = np.zeros((face.count, height, width), np.float32)
        self.x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) * self.pixel
        rows = np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2
        self.y = rows * self.pixel + np.float32(_VIEW_MIDDLE)

    def upright(self, left, right, top, bottom):
        """The smallest area with these bounds in the picture's own frame."""
        return self._cut(left, right, top, bottom, leaning=False)

    def whole(self):
        """All of the canvas."""
        return self._cut(-np.inf, np.inf, -np.inf, np.inf, leaning=True)

    def leaning(self, left, right, top, bottom):
        """The smallest area which holds these bounds of every face in its head's frame."""
        face = self.face
        x, half_width = 0.5 * (left + right), 0.5 * (right - left)
        y, half_height = 0.5 * (top + bottom) - _PIVOT, 0.5 * (bottom - top)
        middle_x = face.tilt_cosine * x - face.tilt_sine * y
        middle_y = face.tilt_sine * x + face.tilt_cosine * y + _PIVOT
        sine = np.abs(face.tilt_sine)
        half_x = face.tilt_cosine * half_width + sine * half_height
        half_y = sine * half_width + face.tilt_cosine * half_height
        return self._cut(
            (middle_x - half_x).min(),
            (middle_x + half_x).max(),
            (middle_y - half_y).min(),
            (middle_y + half_y).max(),
            leaning=True,
        )

    def on_face(self, left, right, top, bottom):
        """The smallest leaning area which holds these bounds on the turned face."""
        return self.leaning(_turned(self.face, left), _turned(self.face, right), top, bottom)

    def _cut(self, left, right, top, bottom, leaning):
        # Masks fade out over half a pixel; the second pixel is for rounding.
        rows = self._pixels_between(top - _VIEW_MIDDLE, bottom - _VIEW_MIDDLE, self.shape[0])
        columns = self._pixels_between(left, right, self.shape[1])
        x, y = self.x[columns], self.y[rows]
        if leaning:
            face, y = self.face, y - np.float32(_PIVOT)
            x, y = (
                face.tilt_cosine * x + face.tilt_sine * y,
                face.tilt_cosine * y - face.tilt_sine * x + np.float32(_PIVOT),
            )
        return _Area(self, x, y, rows, columns)

    def _pixels_between(self, low, high, length):
        first = max(low / self.pixel + length / 2 - 2, 0)
        last = min(high / self.pixel + length / 2 + 2, length)
        first = min(int(first), length - 1)
        return slice(first, max(math.ceil(last), first + 1))

    def to_bytes(self):
        planes = self.pixels
        planes *= 255.0
        planes += 0.5
        np.clip(planes, 0.0, 255.0, out=planes)
        return np.ascontiguousarray(planes.astype(np.uint8).transpose(0, 2, 3, 1))


class _Area:
    """A rectangle of the canvas: its pixels, and where each of them lies on the head."""

    def __init__(self, canvas, x, y, rows, columns):
        self.face = canvas.face
        self.pixel = canvas.pixel
        self.x = x
        self.y = y
        self.rows = rows
        self.columns = columns
        self.pixels = canvas.pixels[:, :, rows, columns]
        self.on_head = self.cut(canvas.on_head)

    def __enter__(self):
        # A part with many strokes is painted on a copy, whose pixels are side by side in memory.
        self._canvas_pixels = self.pixels
        self.pixels = self.pixels.copy()
        return self

    def __exit__(self, *error):
        self._canvas_pixels[:] = self.pixels
        self.pixels = self._canvas_pixels

    def cut(self, plane):
        """This area's part of a plane `(faces, rows, columns)` of the whole canvas."""
        return plane[:, self.rows, self.columns]

    def unturned(self):
        """The place across the face, `u`, which the turned head shows at each pixel.

        Beside the head it runs on to places where no face has a feature.
        """
        face = self.face
        sine = self.x * (1 / face.reach)
        beside = 8.0 * sine
        _limited(sine, -1.0, 1.0)
        beside -= 8.0 * sine
        cosine = np.sqrt(1 - sine * sine)
        sine *= face.half_width * face.phase_cosine
        cosine *= face.half_width * face.phase_sine
        sine -= cosine
        sine += beside
        return sine

    def cover(self, distance):
        return _cover(distance, self.pixel)

    def stroke(self, distance, half_thickness):
        """The share of each pixel under a line; thin lines grow faint rather than wide."""
        return self.cover(distance - half_thickness) - self.cover(distance + half_thickness)

    def paint(self, color, mask):
        """Lay `color`, a tuple or an array `(faces, 3, 1, 1)`, over the area."""
        if isinstance(color, tuple):
            color = _color(color)
        if mask.size < _SMALL_AREA:
            _lay_over(self.pixels, color, mask[..., None, :, :])
            return
        for channel in range(3):
            _lay_over(self.pixels[:, channel], color[:, channel], mask)

    def shade(self, dark, light, amount, mask):
        """Lay a mixture of two colours over the area, of which `amount` is light."""
        for channel in range(3):
            mixed = amount * (light[:, channel] - dark[:, channel])
            mixed += dark[:, channel]
            _lay_over(self.pixels[:, channel], mixed, mask)


def _lay_over(pixels, color, mask):
    change = color - pixels
    change *= mask
    pixels += change


def _turned(face, u):
    """Where the turned head shows the place `u` of the unturned face."""
    ratio = np.minimum(u * u / (face.half_width * face.half_width), 1.0)
    return u * face.turn_cosine + face.front_x * np.sqrt(1 - ratio)


# Shapes and shades -------------------------------------------------------------------------------


def _limited(values, low, high):
    """`numpy.clip` in place, without its cost for small arrays."""
    np.maximum(values, low, out=values)
    return np.minimum(values, high, out=values)


def _cover(distance, pixel):
    mask = distance * np.float32(-1 / pixel)
    mask += 0.5
    return _limited(mask, 0.0, 1.0)


def _blob(*parts):
    """A soft spot: 1 where all `parts` are 0, falling to 0 where their squares add up to 1."""
    spot = 1.0 - parts[0] * parts[0]
    for part in parts[1:]:
        spot = spot - part * part
    np.maximum(spot, 0.0, out=spot)
    spot *= spot
    return spot


def _ellipse(x, y, half_width, half_height):
    """About the distance to an ellipse: exact on its outline and on its axes."""
    across, along = 1 / half_width, 1 / half_height
    x, y = x * across, y * along
    squares = x * x
    squares = squares + y * y
    x = x * across
    x *= x
    y = y * along
    y *= y
    slope = x + y
    # In the very middle, where both vanish, their ratio is then far inside.
    slope += 1e-6
    distance = squares - np.sqrt(squares + np.float32(1e-6))
    distance /= np.sqrt(slope, out=slope)
    return distance


def _wave(turns):
    """Parabolas in place of a sine of period 1."""
    turns = turns - np.rint(turns)
    size = np.abs(turns)
    size *= -16.0
    size += 8.0
    size *= turns
    return size


def _ramp(value, low, high):
    ramp = value - low
    ramp *= np.float32(1 / (high - low))
    return _limited(ramp, 0.0, 1.0)


def _brightness(face, x, y):
    """How much light a ball's surface gets at `(x, y)` of its disc of radius 1."""
    depth = 1 - x * x
    depth = depth - y * y
    np.maximum(depth, 0.0, out=depth)
    np.sqrt(depth, out=depth)
    depth = depth * (0.5 * face.light_z)
    light = x * (0.5 * face.light_x)
    light = light + y * (0.5 * face.light_y)
    light += depth
    light += 0.5
    return np.maximum(light, 0.0, out=light)


# Parts, from back to front -----------------------------------------------------------------------


def _background(canvas, face):
    glow = _blob((canvas.x - 0.7 * face.light_x) / 1.9, (canvas.y + 0.35) / 1.9)
    change = face.background_light - face.background
    np.multiply(change, glow[:, None], out=canvas.pixels)
    canvas.pixels += face.background


def _hair_shape(canvas, face):
    """Where the hair may be, which its three parts share; `None` where all are bald."""
    if face.bald.all():
        return None
    area = canvas.whole()
    x, y = area.x, area.y
    volume = 0.055 + 0.05 * face.hair_curl
    half_width = face.half_width + volume + 0.01
    half_height = 0.53 + volume
    middle_x = -0.09 * face.turn_sine
    # Below the middle of the head the hair hangs straight down, a little wider to the end.
    high = np.minimum(y + 0.16, 0.0)
    low = np.clip(y + 0.16, 0.0, 1.2)
    across = x - middle_x
    long = _ramp(face.hair_length, 0.1, 0.4)
    width = half_width + low * (long * (0.33 + 0.10 * face.hair_curl) - 0.30)
    outline = _ellipse(across, high, width, half_height)
    relative = across / width
    end = 0.10 + 0.95 * face.hair_length
    below = y - end + 0.22 * relative * relative
    outline = np.maximum(outline, below)
    curls = _wave(3.3 * x) * _wave(3.1 * y + 0.2)
    curls += 0.6 * _wave(5.7 * y + 1.3 * x)
    curls *= face.hair_curl
    outline += 0.022 * curls
    # Strands run down from the crown, where the hair parts.
    strand = (x - 0.16 * face.parting) / np.maximum(y + 1.15, 0.1)
    strands = 0.6 * _wave(6.5 * strand + 0.1) + 0.4 * _wave(14.7 * strand)
    return types.SimpleNamespace(
        area=area,
        outline=outline,
        opening=_face_opening(area, face, strands, end),
        across=relative,
        up=high / half_height,
        strands=strands,
        curls=curls,
        present=1 - face.bald,
    )


def _face_opening(area, face, strands, end):
    """Distance to the part of the face which no hair hangs over."""
    x, y = area.x - 0.95 * face.front_x, area.y
    covers = _ramp(face.hair_length, 0.15, 0.45)
    half_width = face.half_width * (0.97 - 0.11 * covers)
    middle = -0.10
    hairline = -0.50 + 0.27 * face.fringe
    sweep = face.parting * (0.52 - 0.22 * face.fringe)
    locks = (0.012 + 0.024 * face.fringe) * strands
    high = np.minimum(y - middle - sweep * x + locks, 0.0)
    low = np.maximum(y - middle, 0.0)
    # The locks beside the face thin out to their ends.
    thin = _ramp(y - end, -0.45, 0.0)
    width = half_width + 0.07 * low + 0.17 * thin * thin * covers
    return _ellipse(x, high, width, middle - hairline)


def _hair_behind(hair, face):
    if hair is None:
        return
    # Light gets to the outer hair only.
    light = hair.across * hair.across
    light *= 0.8 + 0.2 * hair.strands
    mask = hair.area.cover(hair.outline) * hair.present
    hair.area.shade(face.hair_behind, face.hair_dark, _limited(light, 0.0, 1.0), mask)


def _hair_in_front(canvas, hair, face):
    if hair is None:
        return
    mask = hair.area.cover(np.maximum(hair.outline, -hair.opening)) * hair.present
    light = _brightness(face, 0.9 * hair.across, hair.up)
    texture = 0.1 * hair.strands
    texture += 0.06 * hair.curls
    light += texture
    light *= 1.15
    hair.area.shade(face.hair_dark, face.hair, np.minimum(light, 1.0), mask)
    # A band of light around the crown.
    area = canvas.leaning(-0.65, 0.65, -0.85, -0.30)
    across = area.cut(hair.across) - 0.75 * face.light_x
    shine = 0.75 * _blob((area.cut(hair.up) + 0.62) / 0.30, across / 1.1)
    shine *= 1.0 + 5.5 * area.cut(texture)
    area.paint(face.hair_light, shine * area.cut(mask))


def _hair_shadow(canvas, hair, face):
    """What the hair keeps from the forehead and the temples under it."""
    if hair is None:
        return
    area = canvas.leaning(-0.55, 0.55, -0.70, 0.40)
    shadow = _ramp(area.cut(hair.opening) + 0.04 * face.light_y, -0.13, 0.0)
    area.paint(face.skin_dark, (0.55 * hair.present) * shadow * area.on_head)


def _neck_and_clothes(canvas, face):
    area = canvas.upright(-1.0, 1.0, 0.25, np.inf)
    x, y = area.x, area.y
    # Straight down below the shoulders, which only tall pictures show.
    up = np.minimum(y - 1.18, 0.0)
    shoulders = area.cover(_ellipse(x, up, 0.95, 0.55))
    light = _brightness(face, x * 0.85, up * 1.1)
    area.shade(face.clothes_dark, face.clothes_light, light, shoulders)
    low = np.maximum(y - 0.47, 0.0)
    neck = np.abs(x) - (0.19 + 0.03 * face.face_width + 1.6 * low * low)
    neckline = _ellipse(x, y - 0.60, 0.28, 0.175)
    light = _brightness(face, x * 3.2, 0 * x + 0.1)
    area.paint(face.clothes_dark, 0.55 * area.stroke(neckline - 0.03, 0.03) * shoulders)
    bare = area.cover(np.maximum(np.maximum(neck, 0.30 - y), np.minimum(neckline, y - 0.62)))
    area.shade(face.skin_dark, face.skin, light, bare)
    # The head keeps the light from the neck.
    shadow_x = x - 0.12 * face.turn_sine + 0.07 * face.light_x
    shadow = _blob(shadow_x / 0.40, (y - 0.50) / 0.27)
    area.paint(face.skin_line, 0.75 * shadow * bare)


def _ears_show(face):
    """1 where no hair hangs over the ears."""
    return np.maximum(1 - _ramp(face.hair_length, _EARS_COVERED - 0.01, _EARS_COVERED), face.bald)


def _ears(canvas, face, in_front):
    shown = _ears_show(face)
    for side in (-1.0, 1.0):
        if in_front:
            # The ear which the head turns away from is behind it.
            hidden = _limited(6 * side * face.turn_sine, 0.0, 1.0)
            _ear(canvas, face, side, shown * (1 - hidden))
        else:
            _ear(canvas, face, side, shown)


def _ear(canvas, face, side, shown):
    if not shown.any():
        return
    near = np.maximum(-side * face.turn_sine, 0.0)
    middle = side * (face.half_width + 0.008) * face.turn_cosine - 0.02 * face.turn_sine
    half_width = 0.046 + 0.055 * near
    area = canvas.leaning(middle - 0.09, middle + 0.09, -0.15, 0.20)
    x, y = area.x - middle, area.y - 0.02
    # Wider above than below, and leaning outwards.
    x = x + side * 0.18 * y
    lobe = half_width * (1 - 1.3 * np.clip(y, 0.0, 0.2))
    distance = _ellipse(x, y, lobe, 0.115)
    mask = area.cover(distance) * shown
    light = _brightness(face, 0 * x + 0.6 * side, 4 * y)
    area.shade(face.skin_dark, face.skin, light, mask)
    hollow = _blob((x - side * 0.1 * half_width) / (0.72 * half_width), (y + 0.005) / 0.085)
    area.paint(face.skin_line, 0.55 * hollow * mask)


def _head_shape(area, face):
    """The head's outline, and the place on it as on a disc of radius 1."""
    down = (area.y - _HEAD_MIDDLE) * (1 / face.half_height)
    # Below the chin the width must not reach 0.
    low = np.clip(down, 0.0, 1.15)
    high = np.minimum(down, 0.0)
    # Flatter above than below the middle.
    down += 0.06 * high
    # The chin is at the front of the head and turns further than its middle.
    across = area.x - face.turn_sine * (0.03 + 0.12 * down)
    # Faces narrow to the chin; with age the jaw gets heavier.
    taper = 0.30 - 0.07 * face.age - 0.07 * face.face_width
    low *= low
    low *= -taper
    high *= high
    high *= 0.12
    low += high
    low += 1.0
    width = low * face.half_width
    distance = _ellipse(across, down * face.half_height, width, face.half_height)
    return distance, across / width, down


def _head(canvas, face):
    area = canvas.leaning(-0.62, 0.62, -0.72, 0.56)
    distance, across, down = _head_shape(area, face)
    light = _brightness(face, across, down)
    # Twice the light in the middle tones makes a rounder head.
    light = light * light * (2.2 - 1.2 * light)
    mask = area.cover(distance)
    area.on_head[:] = mask
    area.shade(face.skin_dark, face.skin, np.minimum(light * 1.25, 1.0), mask)
    area.paint(face.skin_light, _ramp(light, 0.65, 1.0) * mask)


def _cheeks(canvas, face):
    with canvas.on_face(-0.42, 0.42, -0.08, 0.34) as area:
        u, y = area.unturned(), area.y - 0.13 + 0.03 * face.smile
        aside = np.abs(u) - 0.25
        blush = _blob(aside / 0.16, y / 0.13)
        area.paint(face.blush, (0.45 + 0.3 * face.smile) * blush * area.on_head)
        # The cheek on the side of the light shines most.
        lit = 0.25 + _limited(1.8 * face.light_x * u, 0.0, 0.45)
        shine = _blob((aside + 0.01) / 0.09, (y + 0.05) / 0.06)
        area.paint(face.skin_light, lit * shine * area.on_head)


def _wrinkles(canvas, face):
    _smile_lines(canvas, face)
    if face.wrinkle.any():
        _forehead_lines(canvas, face)
        _crows_feet(canvas, face)


def _forehead_lines(canvas, face):
    with canvas.on_face(-0.3, 0.3, -0.45, -0.20) as area:
        u = area.unturned()
        bent = area.y + 0.35 * u * u
        lines = 0.0
        for level, strength in ((-0.39, 0.45), (-0.325, 0.6), (-0.26, 0.5)):
            line = bent - level - 0.008 * _wave(2.6 * u + level * 9)
            lines = lines + strength * area.stroke(line, 0.009)
        area.paint(face.skin_line, lines * _blob(u / 0.27) * face.wrinkle)


def _smile_lines(canvas, face):
    with canvas.on_face(-0.27, 0.27, 0.10, 0.40) as area:
        along = (area.y - 0.13) * (1 / 0.23)
        fold = np.abs(area.unturned()) - (0.085 + 0.03 * face.smile)
        fold -= 0.13 * along * (1.25 - 0.45 * along)
        strength = 0.10 + 0.55 * face.wrinkle + 0.25 * np.maximum(face.smile - 0.4, 0.0)
        line = area.stroke(fold, 0.012) + 0.3 * _blob((fold - 0.01) / 0.05)
        line *= area.on_head
        area.paint(face.skin_line, strength * _blob((along - 0.5) / 0.62) * line)


def _crows_feet(canvas, face):
    with canvas.on_face(-0.40, 0.40, -0.16, 0.06) as area:
        u, y = np.abs(area.unturned()) - 0.30, area.y - _EYE_LEVEL
        feet = area.stroke(y, 0.007) + area.stroke(np.abs(y) - 0.7 * u, 0.007)
        area.paint(face.skin_line, feet * _blob((u - 0.035) / 0.04) * (0.75 * face.wrinkle))


def _beard(canvas, face):
    if not face.beard.any():
        return
    area = canvas.leaning(-0.62, 0.62, -0.12, 0.75)
    u, y = np.abs(area.unturned()), area.y
    outline, across, down = _head_shape(area, face)
    # Stubble first, then a beard which hides the chin and grows beyond it.
    longer = 0.10 * _ramp(face.beard, 0.45, 1.0) * _ramp(y, 0.05, 0.5)
    cheek_line = np.minimum(0.225 + 0.30 * u, 0.92 - 2.1 * u) - y
    mask = area.cover(outline - longer) * _ramp(-cheek_line, -0.03, 0.05)
    curve = _mouth_curve(face, u)
    lips = _ellipse(u, y - curve - 0.005, 0.10, 0.022 + 0.02 * face.lip_fullness)
    chin = _blob(u / 0.085, (y - _MOUTH_LEVEL - 0.09) / 0.04)
    mask *= _ramp(lips, -0.01, 0.04) * (1 - 0.35 * chin)
    mask *= np.minimum(1.9 * face.beard, 0.93)
    light = _brightness(face, across, down) + 0.08 * _wave(9 * u + 2.5 * y) * _wave(2.0 * y)
    area.shade(face.hair_dark, face.hair, _limited(light, 0.0, 1.0), mask)


def _mouth_curve(face, u):
    """The height of the line between the lips at `u`; smiles lift its ends."""
    relative = u / (0.145 + 0.05 * face.smile)
    bend = 0.085 * (face.smile - 0.16)
    return _MOUTH_LEVEL + bend * (0.55 - relative * relative)


def _mouth(canvas, face):
    with canvas.on_face(-0.24, 0.24, 0.17, 0.46) as area:
        u, y = area.unturned(), area.y
        half_width = 0.145 + 0.05 * face.smile
        relative = u / half_width
        arch = np.maximum(1 - relative * relative, 0.0)
        ends = area.cover(np.abs(u) - half_width)
        line = y - _mouth_curve(face, u)
        full = (0.45 + 0.95 * face.lip_fullness) * (1 - 0.3 * face.age)
        drop = 0.085 * face.opening * arch
        dip = 1 - 0.28 * _blob(relative / 0.22)
        upper = -line - 0.036 * full * arch * dip - 0.12 * drop
        lower = line - 0.050 * full * arch - drop
        below = _blob(u / 0.13, (y - _MOUTH_LEVEL - 0.105 - 0.08 * face.opening) / 0.045)
        below *= area.on_head
        area.paint(face.skin_dark, 0.6 * (1 - 0.8 * np.minimum(1.6 * face.beard, 1.0)) * below)
        area.paint(face.lip, area.cover(np.maximum(upper, lower)) * ends)
        # The upper lip looks down and is darker; the lower one has the light on it.
        dark = 0.35 * area.cover(np.maximum(upper, line)) * ends
        dark += 0.45 * _blob((np.abs(u) - half_width) / 0.03, line / 0.03)
        area.paint(face.lip_dark, dark)
        glint = _blob((u - 0.04 * face.light_x) / 0.07, (line - drop - 0.024 * full) / 0.02)
        area.paint(face.skin_light, 0.38 * glint)
        _inside_of_mouth(area, face, line, drop, ends)


def _inside_of_mouth(area, face, line, drop, ends):
    area.paint(face.mouth_line, area.stroke(line, 0.0075) * ends * (1 - face.opening))
    gap = area.cover(np.maximum(-line - 0.12 * drop, line - drop)) * ends
    gap *= np.minimum(5 * face.opening, 1.0)
    area.paint((0.30, 0.06, 0.08), gap)
    teeth = area.cover(line - 0.62 * drop) * gap
    area.paint((0.97, 0.95, 0.92), teeth)


def _nose(canvas, face):
    middle = face.front_x
    with canvas.leaning(middle - 0.21, middle + 0.21, -0.22, 0.27) as area:
        size = 0.72 + 0.50 * face.nose_size
        tip = 0.09 + 0.06 * face.nose_size
        # The tip stands out of the face, so it turns further than the bridge.
        out = _ramp(area.y, -0.12, tip) * (0.13 * size * face.turn_sine)
        x = (area.x - middle - out) * (1 / (size * face.turn_cosine))
        y = area.y - tip
        light = face.light_x - 0.5 * face.turn_sine
        shadow = _blob((x + 0.062 * light) / 0.062, (y + 0.09) / 0.20)
        shadow *= 0.18 + 0.55 * np.abs(light)
        below = 0.85 * _blob((x + 0.03 * light) / 0.095, (y - 0.062) / 0.040)
        area.paint(face.skin_dark, np.maximum(shadow, below))
        aside = np.abs(x)
        wings = _blob((aside - 0.070) / 0.022, (y - 0.025) / 0.045)
        nostrils = _blob((aside - 0.034) / 0.026, (y - 0.054) / 0.018)
        area.paint(face.skin_line, 0.42 * wings)
        area.paint(face.nostril, 0.85 * nostrils)
        bridge = 0.50 * _blob((x - 0.022 * light) / 0.030, (y + 0.10) / 0.17)
        ball = 0.60 * _blob((x - 0.02 * light) / 0.045, (y - 0.005) / 0.042)
        area.paint(face.skin_light, np.maximum(bridge, ball))


def _eyes(canvas, face):
    with canvas.on_face(-0.37, 0.37, -0.22, 0.10) as area:
        # Both at once: `out` is the place on each from its inner to its outer corner.
        u = area.unturned()
        side = np.sign(u)
        out = np.abs(u) - _EYE_DISTANCE
        y = area.y - _EYE_LEVEL + 0.07 * out
        hollow = _blob((out + 0.03) / 0.15, (y + 0.025) / 0.10)
        area.paint(face.skin_dark, (0.34 + 0.12 * face.age) * hollow)
        # Laughing cheeks push the lower lid up; old upper lids hang.
        size = 0.82 + 0.36 * face.eye_size
        relative = out * (1 / (0.092 * size))
        arch = 1 - relative * relative
        upper = (0.056 * size * (1 - 0.14 * face.smile - 0.14 * face.age)) * arch
        lower = (0.037 * size * (1 - 0.35 * face.smile)) * arch
        inside = area.cover(np.maximum(-y - upper, y - lower))
        area.paint((0.97, 0.96, 0.95), inside)
        _irises(area, face, side * out, y + 0.006, inside, size)
        area.paint((0.25, 0.17, 0.17), 0.40 * inside * _blob((y + upper) / 0.035))
        _lids(area, face, relative, y, upper, lower)


def _lids(area, face, relative, y, upper, lower):
    ends = area.cover((np.abs(relative) - 1.06) * 0.092)
    lid = y + np.maximum(upper, -0.012)
    lines = 0.40 * area.stroke(y - np.maximum(lower, -0.01), 0.006)
    crease = area.stroke(lid + 0.034 - 0.010 * face.age, 0.007)
    lines += (0.45 + 0.25 * face.age) * crease
    lines *= ends
    bag = area.stroke(y - 0.055 - 0.6 * lower, 0.010) * _blob(relative / 1.05)
    area.paint(face.skin_line, lines + (0.60 * face.wrinkle) * bag)
    area.paint(_LASH_COLOR, 0.95 * ends * area.stroke(lid + 0.004, 0.0105))


def _irises(area, face, u, y, inside, size):
    u = u - 0.036 * face.gaze
    radius = 0.047 * size
    distance = np.sqrt(u * u + y * y)
    area.paint(face.iris_dark, inside * area.cover(distance - radius))
    area.paint(face.iris, inside * area.cover(distance - 0.82 * radius))
    # Light falls through the eye onto the lower part of the iris.
    lit = _blob(u * (1 / radius), (y - 0.5 * radius) * (1 / (0.8 * radius)))
    area.paint(face.iris_light, 0.6 * inside * lit)
    area.paint((0.04, 0.03, 0.03), inside * area.cover(distance - 0.46 * radius))
    glint_u, glint_y = u - (0.02 * face.light_x + 0.004), y + 0.018
    glint = np.sqrt(glint_u * glint_u + glint_y * glint_y) - 0.011
    area.paint((1.0, 1.0, 1.0), 0.9 * inside * area.cover(glint))


def _brows(canvas, face):
    with canvas.on_face(-0.36, 0.36, -0.33, -0.06) as area:
        out = np.abs(area.unturned()) - (_EYE_DISTANCE + 0.01)
        relative = out / 0.135
        # Lifted brows arch; lowered ones slope down to the nose.
        level = _EYE_LEVEL - 0.125 - 0.032 * face.brow_lift
        arch = 0.022 + 0.012 * face.brow_lift
        bend = relative - 0.25
        y = area.y - level + arch * (0.4 - bend * bend)
        y += (0.002 - 0.014 * face.brow_lift) * relative
        thickness = (0.010 + 0.022 * face.brow_weight) * (1 - 0.55 * _ramp(out, -0.05, 0.14))
        ends = _ramp(np.abs(relative), 1.0, 0.85)
        mask = (0.72 + 0.23 * face.brow_weight) * ends * area.stroke(y, thickness)
        area.paint(face.brow, mask)


def _glasses(canvas, face):
    if not face.glasses.any():
        return
    level = _EYE_LEVEL + 0.012
    with canvas.leaning(-0.62, 0.62, level - 0.16, level + 0.16) as area:
        worn = face.glasses
        u, y = area.unturned(), area.y - level
        across = np.abs(np.abs(u) - 0.192)
        corner_x, corner_y = np.maximum(across - 0.055, 0.0), np.maximum(np.abs(y) - 0.035, 0.0)
        rim = np.sqrt(corner_x * corner_x + corner_y * corner_y) - 0.080
        area.paint((0.80, 0.88, 0.95), 0.10 * worn * area.cover(rim))
        gleam = area.cover(rim) * _blob((u - 0.5 * y - 0.192 * np.sign(u) + 0.05) / 0.035)
        area.paint((1.0, 1.0, 1.0), 0.30 * worn * gleam)
        frame = area.stroke(rim, 0.0125)
        bridge = area.stroke(y + 0.030 - 2.0 * u * u, 0.0115) * area.cover(np.abs(u) - 0.062)
        # The arms run along the temples to the ears, which have no place on the front of the face.
        to_ear = np.abs(area.x + 0.02 * face.turn_sine) - face.half_width * face.turn_cosine
        beyond = area.cover(np.maximum(0.325 - np.abs(u), to_ear))
        beyond *= area.on_head
        arms = area.stroke(y + 0.035, 0.0115) * beyond
        frame = np.maximum(frame, np.maximum(bridge, arms))
        area.paint(_FRAME_COLOR, 0.95 * worn * frame)
