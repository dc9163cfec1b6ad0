"""Draw one person from shaded shapes: how an emotion moves the parts of a face, and what the person looks like.

Sources:
    Ekman & Friesen 1978, "Facial Action Coding System" (which parts move for which emotion; AU numbers are theirs).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import cv2
import numpy as np

from fer.dataset.outlines import FloatArray, between, bezier, ellipse

Colour = tuple[float, float, float]

CANVAS_PX = 420
"""A person is drawn at this size and scaled: finer than most faces that are shown."""
LEAST_SEEN = 1e-3
"""A stroke weaker than this changes no grey value."""
HEAD_X, HEAD_Y, HALF_WIDTH, HALF_HEIGHT = 0.5, 0.44, 0.2, 0.262
"""Centre and half axes of the head, as shares of the canvas."""

SKINS: tuple[Colour, ...] = (
    (178, 200, 236),
    (152, 180, 224),
    (124, 156, 206),
    (92, 124, 178),
    (70, 96, 148),
    (56, 76, 118),
)
HAIRS: tuple[Colour, ...] = ((28, 30, 36), (34, 46, 66), (104, 104, 108), (42, 66, 102), (74, 122, 168), (32, 42, 92))
SHIRTS: tuple[Colour, ...] = (
    (122, 98, 62),
    (86, 116, 84),
    (70, 72, 128),
    (140, 132, 122),
    (96, 70, 92),
    (72, 110, 150),
)
IRISES: tuple[Colour, ...] = ((46, 58, 76), (92, 100, 76), (122, 100, 66))
LIPS: Colour = (92, 88, 168)


@dataclass(frozen=True)
class Expression:
    """How far an emotion moves each part of a face; 0 is rest, 1 as far as faces go.

    Attributes:
        inner_brow: The brows' inner ends, up positive (AU 1, AU 4).
        outer_brow: Their outer ends, up positive (AU 2).
        together: The brows drawn to each other, with lines between them (AU 4).
        eyes: Opening of the eyes; 1 is wide (AU 5), -1 closed (AU 7, AU 43).
        nose: Nose wrinkled, upper lip drawn up (AU 9, AU 10).
        cheeks: Cheeks raised (AU 6).
        corners: Corners of the mouth, up positive (AU 12, AU 15).
        open: Jaw dropped (AU 25 to 27).
        wide: Mouth stretched; negative is rounded (AU 20, AU 18).
        teeth: How much of the open mouth is teeth.
    """

    inner_brow: float = 0.0
    outer_brow: float = 0.0
    together: float = 0.0
    eyes: float = 0.0
    nose: float = 0.0
    cheeks: float = 0.0
    corners: float = 0.0
    open: float = 0.0
    wide: float = 0.0
    teeth: float = 0.0


EXPRESSIONS: dict[str, Expression] = {
    "angry": Expression(-1.0, 0.4, 1.0, 0.0, 0.35, 0.0, -0.5, 0.0, -0.1),
    "disgust": Expression(-0.7, -0.2, 0.7, -0.5, 1.0, 0.6, -0.5, 0.2, -0.05, 0.6),
    "fear": Expression(0.95, 0.35, 0.7, 0.95, 0.0, 0.0, -0.35, 0.4, 0.45, 0.5),
    "happy": Expression(0.1, 0.1, 0.0, -0.3, 0.1, 1.0, 1.0, 0.3, 0.6, 1.0),
    "sad": Expression(0.9, -0.6, 0.5, -0.4, 0.0, 0.0, -1.0, 0.0, -0.15),
    "surprise": Expression(1.0, 1.0, 0.0, 1.0, 0.0, 0.0, -0.05, 1.0, -0.5),
    "neutral": Expression(),
}
"""What each emotion does to a face, in FER2013's order."""


@dataclass(frozen=True)
class Looks:
    """What a drawn person looks like whatever the emotion; colours are BGR in [0, 255].

    Attributes:
        skin: Where light falls on it.
        hair: Also of the brows.
        shirt: What little of it is seen.
        iris: Of both eyes.
        style: 0 short, 1 long, 2 tied back.
        jaw: Width of the lower face, around 1.
        light: Where light comes from, right and down positive.
    """

    skin: Colour
    hair: Colour
    shirt: Colour
    iris: Colour
    style: int
    jaw: float
    light: tuple[float, float]


def random_looks(rng: np.random.Generator) -> Looks:
    """Choose skin, hair, clothes, jaw and light."""
    skin = int(rng.integers(len(SKINS)))
    # Light hair and eyes are rare with dark skin.
    hairs, irises = (len(HAIRS), len(IRISES)) if skin < 2 else (4, 2) if skin == 2 else (3, 1)
    return Looks(
        skin=SKINS[skin],
        hair=HAIRS[rng.integers(hairs)],
        shirt=SHIRTS[rng.integers(len(SHIRTS))],
        iris=IRISES[rng.integers(irises)],
        style=int(rng.integers(3)),
        jaw=float(rng.uniform(0.92, 1.08)),
        light=(float(rng.uniform(-0.55, 0.55)), float(rng.uniform(-0.6, -0.2))),
    )


def varied(expression: Expression, rng: np.random.Generator) -> Expression:
    """Return the expression stronger or weaker, each part a little differently."""
    strength = rng.uniform(0.8, 1.1)
    moved = {
        part.name: float(np.clip(getattr(expression, part.name) * strength + rng.normal(0, 0.05), -1.1, 1.1))
        for part in fields(expression)
    }
    return replace(
        expression, **{**moved, "open": max(0.0, moved["open"]) * (expression.open > 0), "teeth": expression.teeth}
    )


def draw_person(expression: Expression, looks: Looks, side_px: int = CANVAS_PX) -> tuple[FloatArray, FloatArray]:
    """Draw head and shoulders.

    Returns:
        Colours, shape ``(side_px, side_px, 3)``, float32 BGR in [0, 255], and how much of each pixel is covered,
        shape ``(side_px, side_px)``, float32 in [0, 1].
    """
    person = _Drawing(looks, side_px)
    person.body()
    person.head(expression.open)
    person.cheeks(expression)
    for side in (-1.0, 1.0):
        person.eye(side, expression)
        person.brow(side, expression)
    person.nose(expression)
    person.mouth(expression)
    person.lines(expression)
    person.fringe()
    return np.clip(person.colour, 0, 255), np.clip(person.alpha, 0, 1)


class _Drawing:
    """A canvas in head units: u runs from -1 to 1 across the head, v from -1 (crown) to 1 (chin)."""

    def __init__(self, looks: Looks, side_px: int):
        self.looks = looks
        self.side_px = side_px
        self.colour = np.zeros((side_px, side_px, 3), np.float32)
        self.alpha = np.zeros((side_px, side_px), np.float32)
        y, x = np.mgrid[0:side_px, 0:side_px].astype(np.float32) / side_px
        self.u: FloatArray = (x - HEAD_X) / HALF_WIDTH
        self.v: FloatArray = (y - HEAD_Y) / HALF_HEIGHT

    # -- brushes

    def paint(self, mask: FloatArray, colour: Colour | FloatArray, cover: bool = False) -> None:
        """Lay a colour over what is there; ``cover`` also makes the person reach there."""
        box = _touched(mask)
        tone = np.asarray(colour, np.float32)
        part = self.colour[box]
        part += mask[box][..., None] * ((tone[box] if tone.ndim == 3 else tone) - part)
        if cover:
            self.alpha[box] = np.maximum(self.alpha[box], mask[box])

    def shade(self, mask: FloatArray, amount: float) -> None:
        """Make what is there lighter (positive) or darker by a share."""
        box = _touched(mask)
        self.colour[box] *= (1 + amount * mask[box])[..., None]

    def blob(self, u: float, v: float, width: float, height: float) -> FloatArray:
        """A soft round spot, 1 in its middle."""
        across = np.exp(-(((self.u[0] - u) / width) ** 2))
        spot: FloatArray = np.exp(-(((self.v[:, :1] - v) / height) ** 2)) * across
        return spot

    def area(self, points: FloatArray, soft: float = 0.7) -> FloatArray:
        """A filled outline, points of shape ``(n, 2)`` in head units; ``soft`` is its edge in pixels of 420."""
        places = points * np.array([HALF_WIDTH, HALF_HEIGHT]) + np.array([HEAD_X, HEAD_Y])
        mask = np.zeros((self.side_px, self.side_px), np.uint8)
        cv2.fillPoly(mask, [np.round(places * self.side_px * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        sigma = max(0.3, soft * self.side_px / CANVAS_PX)
        return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), sigma)  # type: ignore[return-value]

    def stroke(self, points: FloatArray, start: float, end: float, soft: float = 0.8) -> FloatArray:
        """A line of changing half-width, in head units of v."""
        along = np.gradient(points, axis=0) * np.array([HALF_WIDTH, HALF_HEIGHT])
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9)
        width = np.linspace(start, end, len(points))[:, None] * np.array([HALF_HEIGHT / HALF_WIDTH, 1.0])
        return self.area(np.concatenate([points + normal * width, (points - normal * width)[::-1]]), soft)

    # -- parts

    def body(self) -> None:
        looks = self.looks
        t = np.linspace(0, 1, 40, dtype=np.float32)
        if looks.style == 1:
            long = np.stack([1.28 * np.cos(2 * np.pi * t), 0.25 + 1.42 * np.sin(2 * np.pi * t)], axis=1)
            self.paint(self.area(long, 2.0), self.hair_colour(0.75), cover=True)
        elif looks.style == 2:
            self.paint(self.area(ellipse(0.0, -1.05, 0.45, 0.3), 1.5), self.hair_colour(0.8), cover=True)
        # The back of the head, so that no wall shows between hair and ear.
        self.paint(self.area(ellipse(0.0, -0.22, 1.07, 0.92), 1.5), self.hair_colour(0.7), cover=True)
        shoulders = np.concatenate([
            np.stack([-2.2 + 1.8 * t, 2.1 - 0.88 * np.sin(t * np.pi / 2) ** 0.7], axis=1),
            np.stack([0.4 + 1.8 * t, 1.22 + 0.88 * (1 - np.cos(t * np.pi / 2)) ** 0.9], axis=1),
            np.array([[2.2, 3.0], [-2.2, 3.0]], np.float32),
        ])  # fmt: skip
        neck = np.array([[-0.48, 0.5], [0.48, 0.5], [0.52, 1.27], [0.0, 1.5], [-0.52, 1.27]], np.float32)
        shirt = np.asarray(looks.shirt, np.float32) * (1.1 - 0.18 * np.clip(self.v - 1.2, -1, 1))[..., None]
        self.paint(self.area(shoulders, 1.2), shirt, cover=True)
        self.paint(self.area(neck, 1.5), np.asarray(looks.skin, np.float32) * 0.72, cover=True)
        self.shade(self.blob(0, 1.0, 0.75, 0.22) * self.area(neck, 1.5), -0.3)
        for side in (-1.0, 1.0):
            self.paint(
                self.area(ellipse(side * 1.0, 0.05, 0.13, 0.2), 1.2),
                np.asarray(looks.skin, np.float32) * 0.8,
                cover=True,
            )
            self.shade(self.blob(side * 1.02, 0.06, 0.06, 0.1), -0.25)

    def head(self, jaw_drop: float) -> None:
        t = np.linspace(0, 2 * np.pi, 120, dtype=np.float32)
        u, v = np.cos(t), np.sin(t)
        u = u * (1 - 0.17 / self.looks.jaw * np.maximum(v, 0) ** 2.4)
        v = np.where(v > 0, v * (1 + 0.09 * jaw_drop), v)
        mask = self.area(np.stack([u, v], axis=1), 1.2)
        # Light on an egg: its normal against the light's direction, with skin's red kept in the shadow.
        inside = np.clip(1 - (self.u / 1.12) ** 2 - (self.v / 1.15) ** 2, 0, None)
        towards = np.array([*self.looks.light, 0.85]) / np.linalg.norm([*self.looks.light, 0.85])
        lit = np.clip(self.u / 1.12 * towards[0] + self.v / 1.15 * towards[1] + np.sqrt(inside) * towards[2], 0, 1)
        tone = np.asarray(self.looks.skin, np.float32) * (0.42 + 0.66 * lit)[..., None]
        tone *= 1 + (1 - lit)[..., None] * np.array([-0.10, -0.04, 0.05], np.float32)
        self.paint(mask, tone.astype(np.float32), cover=True)
        self.shade(self.blob(0, -0.62, 0.5, 0.25), 0.07)
        self.shade(self.blob(0, 0.9 + 0.09 * jaw_drop, 0.22, 0.1), 0.06)
        self.shade(self.blob(0, 0.77 + 0.09 * jaw_drop, 0.3, 0.05), -0.1)

    def cheeks(self, how: Expression) -> None:
        for side in (-1.0, 1.0):
            self.shade(self.blob(side * 0.5, 0.28 - 0.06 * how.cheeks, 0.22, 0.14), 0.06 + 0.1 * max(0, how.cheeks))
            self.shade(self.blob(side * 0.78, 0.45, 0.16, 0.3), -0.12)
            # The hollow that an eye lies in.
            self.shade(self.blob(side * 0.42, -0.13, 0.27, 0.13), -0.2)
            self.shade(self.blob(side * 0.16, -0.14, 0.09, 0.14), -0.16)

    def eye(self, side: float, how: Expression) -> None:
        opening = 0.078 * (1 + 0.62 * how.eyes) - 0.014 * max(0, how.cheeks)
        t = np.linspace(-1, 1, 25, dtype=np.float32)
        middle_u, middle_v, half = side * 0.42, -0.08, 0.21
        # Sad lids slope outwards; the outer corner is a little higher otherwise.
        slope = -0.018 + 0.03 * max(0.0, how.inner_brow - how.outer_brow) * (how.eyes < 0.2)
        rim = middle_v + slope * t
        upper = np.stack([middle_u + side * half * t, rim - opening * (1 - t**2) ** 0.8], axis=1)
        lower = np.stack([middle_u + side * half * t, rim + 0.6 * opening * (1 - t**2)], axis=1)
        mask = self.area(np.concatenate([upper, lower[::-1]]), 0.6)
        self.paint(
            mask,
            np.array((214, 218, 222), np.float32)
            * (0.92 - 0.25 * self.blob(middle_u, middle_v - 0.09, 0.25, 0.06))[..., None],
        )
        iris = self.area(ellipse(middle_u, middle_v - 0.012, 0.098, 0.075), 0.6) * mask
        self.paint(iris, self.looks.iris)
        self.paint(self.area(ellipse(middle_u, middle_v - 0.012, 0.046, 0.035), 0.5) * mask, (16, 16, 18))
        self.paint(self.area(ellipse(middle_u - 0.03, middle_v - 0.035, 0.02, 0.015), 0.5) * mask, (240, 240, 240))
        self.paint(self.stroke(upper, 0.014, 0.018) * 0.9, (22, 24, 30))
        self.paint(self.stroke(lower, 0.005, 0.007) * 0.5, (50, 56, 84))
        crease = upper + np.array([0, -0.035 - 0.02 * max(0.0, how.eyes)], np.float32)
        self.shade(self.stroke(crease, 0.006, 0.01, 1.2), -0.32)
        self.shade(
            self.stroke(lower + np.array([0, 0.05], np.float32), 0.01, 0.02, 2.5), -0.14 - 0.1 * max(0, how.cheeks)
        )

    def brow(self, side: float, how: Expression) -> None:
        inner = np.array(
            [
                side * (0.2 - 0.05 * how.together),
                -0.285 - 0.085 * how.inner_brow + 0.035 * how.together * (how.inner_brow < 0),
            ]
        )
        outer = np.array([side * 0.72, -0.27 - 0.085 * how.outer_brow])
        arch = np.array([side * 0.5, -0.37 - 0.10 * how.outer_brow - 0.035 * how.inner_brow])
        points = bezier(inner, arch, outer)
        hair = np.asarray(self.looks.hair, np.float32) * 0.9
        self.paint(self.stroke(points, 0.04, 0.012, 1.3) * 0.9, hair)
        # A lowered brow throws a shadow on the lid.
        self.shade(self.stroke(points + np.array([0, 0.06]), 0.03, 0.02, 3.0), -0.16 - 0.16 * max(0.0, -how.inner_brow))

    def nose(self, how: Expression) -> None:
        lift = 0.025 * how.nose
        towards = float(np.sign(self.looks.light[0]) or 1)
        self.shade(self.blob(0.0, 0.06, 0.05, 0.26), 0.12)
        self.shade(self.blob(-0.12 * towards, 0.1, 0.06, 0.2), -0.16)
        self.shade(self.blob(0.0, 0.25 - lift, 0.1, 0.06), 0.14)
        for side in (-1.0, 1.0):
            self.shade(self.blob(side * (0.17 + 0.02 * how.nose), 0.28 - lift, 0.05, 0.05), -0.2)
            self.shade(self.area(ellipse(side * 0.085, 0.325 - lift, 0.05, 0.02), 1.2), -0.6)
        self.shade(self.blob(0.0, 0.36 - lift, 0.2, 0.035), -0.26)
        self.shade(self.blob(0.0, 0.43, 0.05, 0.05), -0.08)

    def mouth(self, how: Expression) -> None:
        t = np.linspace(-1, 1, 41, dtype=np.float32)
        half = 0.33 * (1 + 0.38 * how.wide + 0.08 * how.corners)
        middle = 0.555 - 0.02 * how.nose
        bend = -0.085 * how.corners * (np.abs(t) ** 1.8 - 0.35)
        lip = (1 - t**2) ** 0.6
        upper_gap = middle + bend - lip * (0.10 * how.open + 0.03 * how.nose * how.open)
        lower_gap = middle + bend + lip * 0.30 * how.open
        cupid = 1 - 0.25 * np.exp(-((t / 0.13) ** 2))
        top = upper_gap - lip * cupid * (0.052 - 0.014 * how.corners)
        bottom = lower_gap + lip * (0.072 - 0.012 * how.corners)
        u = half * t
        tone = 0.55 * np.asarray(LIPS, np.float32) + 0.45 * np.asarray(self.looks.skin, np.float32) * 0.8
        tone = tone * np.clip(np.mean(self.looks.skin) / 190, 0.5, 1)
        self.paint(self.area(between(u, top, upper_gap + 0.01), 1.0) * 0.85, tone * 0.82)
        self.paint(self.area(between(u, lower_gap - 0.01, bottom), 1.0) * 0.85, tone)
        if how.open > 0.06:
            inside = self.area(between(u * 0.96, upper_gap, lower_gap), 0.8)
            self.paint(inside, (30, 24, 52))
            if how.teeth > 0:
                drop = (lower_gap - upper_gap) * (0.55 if how.teeth > 0.8 else 0.4) * min(1.0, how.teeth * 1.3)
                self.paint(self.area(between(u * 0.9, upper_gap, upper_gap + drop), 0.8) * inside, (214, 222, 226))
        else:
            self.paint(self.stroke(np.stack([u, upper_gap], axis=1), 0.011, 0.011, 0.9) * 0.85, (40, 34, 62))
        self.shade(self.stroke(np.stack([u * 0.6, bottom + 0.035], axis=1), 0.02, 0.02, 3.0), -0.16)
        for side in (-1.0, 1.0):
            self.shade(self.blob(side * (half + 0.03), middle - 0.085 * 0.65 * how.corners, 0.05, 0.05), -0.28)

    def lines(self, how: Expression) -> None:
        fold = max(0.0, 0.35 + 0.65 * max(how.cheeks, how.nose, how.corners))
        for side in (-1.0, 1.0):
            line = bezier(
                np.array([side * 0.2, 0.27]),
                np.array([side * (0.44 + 0.12 * max(0, how.corners)), 0.36]),
                np.array([side * (0.44 + 0.1 * how.wide), 0.55]),
            )
            self.shade(self.stroke(line, 0.012, 0.018, 2.0), -0.26 * fold)
            if how.together > 0.2:
                frown = bezier(
                    np.array([side * 0.07, -0.36]), np.array([side * 0.09, -0.3]), np.array([side * 0.075, -0.22])
                )
                self.shade(self.stroke(frown, 0.01, 0.014, 1.2), -0.4 * how.together)
            if how.nose > 0.3:
                wrinkle = bezier(np.array([0.0, -0.1]), np.array([side * 0.08, -0.1]), np.array([side * 0.14, -0.02]))
                self.shade(self.stroke(wrinkle, 0.01, 0.006, 1.2), -0.35 * how.nose)
        if how.inner_brow > 0.4:
            for v in (-0.58, -0.68):
                wave = bezier(np.array([-0.42, v + 0.02]), np.array([0.0, v - 0.04]), np.array([0.42, v + 0.02]))
                self.shade(self.stroke(wave, 0.006, 0.006, 1.4), -0.2 * how.inner_brow)

    def fringe(self) -> None:
        t = np.linspace(np.pi, 2 * np.pi, 60, dtype=np.float32)
        crown = np.stack([1.09 * np.cos(t), -0.12 + 1.02 * np.sin(t)], axis=1)
        parting = {0: (0.15, -0.74), 1: (-0.25, -0.8), 2: (0.0, -0.86)}[self.looks.style]
        right = bezier(np.array([1.06, -0.12]), np.array([0.92, -0.62]), np.array(parting))
        left = bezier(np.array(parting), np.array([-0.92, -0.62]), np.array([-1.06, -0.12]))
        mask = self.area(np.concatenate([crown, right, left]), 1.6)
        strands = 1 + 0.1 * np.sin(self.u * 46 + 3 * np.sin(self.v * 7)) * np.cos(self.u * 17)
        self.paint(mask, self.hair_colour(1.0) * strands[..., None].astype(np.float32), cover=True)
        self.shade(self.blob(self.looks.light[0], -0.95, 0.45, 0.12) * mask, 0.3)

    def hair_colour(self, gain: float) -> FloatArray:
        tone = np.asarray(self.looks.hair, np.float32) * gain
        colour: FloatArray = (tone * (1.15 - 0.3 * np.clip(self.v + 0.4, 0, 1.5))[..., None]).astype(np.float32)
        return colour


def _touched(mask: FloatArray) -> tuple[slice, slice]:
    """Return the rows and columns in which a mask changes anything that can be seen: most strokes are small."""
    rows, columns = (np.flatnonzero(mask.max(axis=axis) > LEAST_SEEN) for axis in (1, 0))
    if not len(rows):
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
