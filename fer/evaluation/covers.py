"""What covers part of a face: a mask, a hand, glasses, drawn where FER2013's faces have mouth and eyes.

Faces of FER2013's framing have their parts at nearly the same places (decision 0002), so no landmarks are needed: they
could not be found in 48 x 48 pixels anyway. Each cover is drawn four times as large and averaged: edges are soft.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]

FINE = 4
EYES = ((0.31, 0.40), (0.69, 0.40))
"""Middles of the eyes, as shares of the picture, from its left and top."""
CHIN = 0.98
"""How far down a mask reaches."""


def cover_mask(face: UInt8Array, share: float, rng: np.random.Generator) -> FloatArray:
    """Cover a face from below by a mask, grey between dark and light by chance, with folds.

    Args:
        face: Shape ``(side, side)``.
        share: Of the picture's height that it covers.
        rng: Draws its grey.
    """
    side = face.shape[0] * FINE
    alpha, top = np.zeros((side, side), np.uint8), side * (CHIN - share)
    # The upper edge rises over the nose; the sides narrow towards the chin.
    outline = [(0.06, top + 0.07 * side), (0.3, top + 0.03 * side), (0.5, top), (0.7, top + 0.03 * side),
               (0.94, top + 0.07 * side), (0.88, 0.84 * side), (0.66, CHIN * side), (0.34, CHIN * side),
               (0.12, 0.84 * side)]  # fmt: skip
    cv2.fillPoly(alpha, [np.array([(x * side, max(y, top)) for x, y in outline], np.int32)], 255)
    grey, paint = rng.uniform(60, 235), np.empty((side, side), np.float64)
    # Cloth is lightest along the middle.
    across = np.abs(np.linspace(-1, 1, side))
    paint[:] = grey * (1.05 - 0.25 * across)
    for place in (0.3, 0.5, 0.7):
        fold = int(top + place * share * side)
        paint[fold : fold + FINE] *= 0.85
    return _laid_on(face, alpha, paint)


def cover_hand(face: UInt8Array, width: float, rng: np.random.Generator) -> FloatArray:
    """Cover a face by a hand that rests against cheek, mouth or forehead, in the face's own grey.

    Args:
        face: Shape ``(side, side)``.
        width: Of the palm with its fingers, as a share of the face's width.
        rng: Draws side, height and angle.
    """
    side = face.shape[0] * FINE
    left = rng.random() < 0.5
    palm = np.array([rng.uniform(0.2, 0.42), rng.uniform(0.5, 0.85)])
    tilt, half = np.deg2rad(rng.uniform(-35, 15)), width / 2
    alpha, lines = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)

    def at(along: float, up: float) -> tuple[int, int]:
        x = palm[0] + half * (along * np.cos(tilt) - up * np.sin(tilt))
        y = palm[1] - half * (along * np.sin(tilt) + up * np.cos(tilt))
        return int((x if left else 1 - x) * side), int(y * side)

    cv2.ellipse(alpha, at(0, -0.3), (int(0.95 * half * side), int(1.1 * half * side)), 0, 0, 360, 255, -1)
    for finger in (-0.69, -0.23, 0.23, 0.69):
        ends = at(finger, 0.2), at(1.15 * finger, 2.0 - 0.35 * abs(finger))
        cv2.line(alpha, *ends, 255, max(1, int(0.42 * half * side)), cv2.LINE_AA)
    for gap in (-0.46, 0.0, 0.46):
        cv2.line(lines, at(gap, 0.3), at(1.1 * gap, 1.5), 255, FINE // 2, cv2.LINE_AA)
    # A hand has its owner's skin: the middle of the face says its grey.
    third = face.shape[0] // 3
    grey = float(np.median(face[third : 2 * third, third : 2 * third]))
    # Its edge is in its own shadow; a hand without one would melt into the cheek.
    depth = cv2.distanceTransform(alpha, cv2.DIST_L2, 3) / (0.35 * half * side)
    paint = grey * (0.55 + 0.5 * np.clip(depth, 0, 1)) * (1 - 0.45 * lines / 255.0)
    return _laid_on(face, alpha, paint)


def cover_glasses(face: UInt8Array, dark: float, rng: np.random.Generator) -> FloatArray:
    """Put glasses on a face: frames, and glass that lets so much less light through.

    Args:
        face: Shape ``(side, side)``.
        dark: Share of the light that the glass takes.
        rng: Draws the size of the frames and their grey.
    """
    side = face.shape[0] * FINE
    frame, glass = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
    wide, high = rng.uniform(0.145, 0.175), rng.uniform(0.1, 0.135)
    thick = FINE * 2 if dark > 0.5 else int(FINE * 1.4)
    for x, y in EYES:
        middle, axes = (int(x * side), int(y * side)), (int(wide * side), int(high * side))
        cv2.ellipse(glass, middle, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
        cv2.ellipse(frame, middle, axes, 0, 0, 360, 255, thick, cv2.LINE_AA)
    (left, y), (right, _) = EYES
    at_y = int((y - 0.02) * side)
    for begin, end in ((left + wide, right - wide), (0.0, left - wide), (right + wide, 1.0)):
        cv2.line(frame, (int(begin * side), at_y), (int(end * side), at_y), 255, thick, cv2.LINE_AA)
    shaded = _laid_on(face, glass, np.zeros((side, side)), dark)
    return _laid_on(shaded, frame, np.full((side, side), rng.uniform(10, 60)))


def _laid_on(face: UInt8Array | FloatArray, alpha: UInt8Array, paint: FloatArray, strength: float = 1.0) -> FloatArray:
    """Lay paint onto a face where ``alpha`` says so; both are ``FINE`` times as large."""
    size = face.shape[::-1]
    seen = strength * alpha / 255.0
    share = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(seen * paint, size, interpolation=cv2.INTER_AREA)
    return np.asarray((1 - share) * face + colour, np.float64)
