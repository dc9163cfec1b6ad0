"""Draw faces: a box, a name and bars, readable on light and dark, on 24- and on 400-pixel faces, inside the frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from fer.emotions import EMOTIONS, STYLES
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace

UInt8Array = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

PLATE = (24, 26, 31)
INK = (245, 246, 248)
NAME_FROM_PX = 44
"""Narrower faces get the emotion's symbol alone: its name would cover the neighbours."""
CONFIDENCE_FROM_PX = 96
BARS_FROM_PX = 150


def draw_faces(image_bgr: UInt8Array, faces: Sequence[Face | TrackedFace], bars: bool = True) -> UInt8Array:
    """Return a copy of an image with its faces marked.

    Args:
        image_bgr: Shape ``(height, width, 3)``, uint8.
        faces: What to mark; of tracked faces the smoothed emotion is shown.
        bars: Whether faces of at least 150 pixels get the bars of all seven emotions beside them, where there is room.

    Returns:
        The same shape; nothing reaches over its edge.
    """
    out = image_bgr.copy()
    boxes = [_box(face) for face in faces]
    # Boxes first, so that no box crosses a neighbour's name.
    for face in faces:
        _outline(out, face)
    for face in faces:
        x, y, w, h = _box(face)
        tag = _tag_for(face, w)
        _paste(out, tag, *_tag_place(out, tag, (x, y, w, h)))
        if bars and w >= BARS_FROM_PX:
            panel = _bars_sprite(_percentages(face), _text_px(w), _text_px(w) * 7)
            place = _beside(out, panel, (x, y, w, h), boxes)
            if place is not None:
                _paste(out, panel, *place)
    return out


def _box(face: Face | TrackedFace) -> Box:
    return face.face.box_xywh if isinstance(face, TrackedFace) else face.box_xywh


def _percentages(face: Face | TrackedFace) -> tuple[int, ...]:
    probabilities = face.smoothed if isinstance(face, TrackedFace) else face.probabilities
    return tuple(round(100 * float(p)) for p in probabilities)


def _outline(out: UInt8Array, face: Face | TrackedFace) -> None:
    x, y, w, h = _box(face)
    thick = max(1, min(4, round(w / 50)))
    colour = _rgb(face.emotion)[::-1]
    # A dark and a light line beside each other: one of them stands out on any ground.
    cv2.rectangle(out, (x, y), (x + w - 1, y + h - 1), PLATE, thick + 2)
    cv2.rectangle(out, (x, y), (x + w - 1, y + h - 1), colour, thick)


def _tag_for(face: Face | TrackedFace, width: int) -> UInt8Array:
    if width < NAME_FROM_PX:
        return _tag_sprite(face.emotion, "?" if face.unsure else "", max(11, _text_px(width)))
    text = f"{face.emotion}?" if face.unsure else face.emotion
    if width >= CONFIDENCE_FROM_PX:
        percent = f"{round(100 * face.confidence)} %"
        text = f"unsure: {text} {percent}" if face.unsure else f"{text} {percent}"
    return _tag_sprite(face.emotion, text, _text_px(width))


def _text_px(width: int) -> int:
    return int(np.clip(round(width / 9), 11, 22))


def _tag_place(out: UInt8Array, tag: UInt8Array, box: Box) -> tuple[int, int]:
    x, y, _, h = box
    height, width = tag.shape[:2]
    above, below = y - height, y + h
    if above >= 0:
        top = above
    elif below + height <= out.shape[0]:
        top = below
    else:
        top = y
    return min(x, out.shape[1] - width), top


def _beside(out: UInt8Array, panel: UInt8Array, box: Box, boxes: Sequence[Box]) -> tuple[int, int] | None:
    """Return where the bars stand free of every face, or None where there is no room for them."""
    x, y, w, h = box
    height, width = panel.shape[:2]
    top = min(y, out.shape[0] - height)
    for left, upper in ((x + w, top), (x - width, top), (x, y + h)):
        inside = 0 <= left <= out.shape[1] - width and 0 <= upper <= out.shape[0] - height
        if inside and not any(_overlap((left, upper, width, height), other) for other in boxes):
            return left, upper
    return None


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _paste(out: UInt8Array, sprite: UInt8Array, x: int, y: int) -> None:
    x, y = max(0, min(x, out.shape[1] - sprite.shape[1])), max(0, min(y, out.shape[0] - sprite.shape[0]))
    part = out[y : y + sprite.shape[0], x : x + sprite.shape[1]]
    part[:] = sprite[: part.shape[0], : part.shape[1]]


def _rgb(emotion: str) -> tuple[int, int, int]:
    code = STYLES[emotion].colour
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


@lru_cache(maxsize=16)
def _font(px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow's own font: no file of the system's is needed.
    return ImageFont.load_default(px)


@lru_cache(maxsize=2048)
def _tag_sprite(emotion: str, text: str, text_px: int) -> UInt8Array:
    font = _font(text_px)
    pad, mark = max(2, text_px // 4), text_px
    length = round(font.getlength(text)) + pad if text else 0
    picture = Image.new("RGB", (2 * pad + mark + length, text_px + 2 * pad), PLATE)
    pen = ImageDraw.Draw(picture)
    _symbol(pen, emotion, pad, pad, mark)
    if text:
        pen.text((2 * pad + mark, picture.height / 2), text, fill=INK, font=font, anchor="lm")
    return _as_bgr(picture)


@lru_cache(maxsize=512)
def _bars_sprite(percentages: tuple[int, ...], text_px: int, width: int) -> UInt8Array:
    font = _font(max(11, text_px * 3 // 4))
    row = round(max(11, text_px * 3 // 4) * 1.3)
    names = round(max(font.getlength(name) for name in EMOTIONS)) + row + 10
    picture = Image.new("RGB", (width, row * len(EMOTIONS) + 6), PLATE)
    pen = ImageDraw.Draw(picture)
    room = max(1, width - names - 8)
    for i, (name, percent) in enumerate(zip(EMOTIONS, percentages, strict=True)):
        top = 3 + i * row
        _symbol(pen, name, 4, top + 2, row - 4)
        pen.text((row + 4, top + row / 2), name, fill=INK, font=font, anchor="lm")
        length = round(room * percent / 100)
        pen.rectangle((names, top + 2, names + max(1, length), top + row - 3), fill=_rgb(name))
    return _as_bgr(picture)


def _as_bgr(picture: Image.Image) -> UInt8Array:
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


def _symbol(pen: ImageDraw.ImageDraw, emotion: str, x: float, y: float, side: float) -> None:
    """Draw the emotion's symbol as a shape: Pillow's font has no such characters."""
    shape = SHAPES.get(STYLES[emotion].symbol)
    colour = _rgb(emotion)
    if shape is not None:
        pen.polygon([(x + side * px, y + side * py) for px, py in shape], fill=colour)
    elif STYLES[emotion].symbol == "○":
        pen.ellipse((x + 1, y + 1, x + side - 1, y + side - 1), outline=colour, width=max(2, round(side / 6)))
    else:
        pen.ellipse((x, y, x + side, y + side), fill=colour)


def _star() -> tuple[tuple[float, float], ...]:
    angles = [np.pi * (i / 5 - 0.5) for i in range(10)]
    return tuple(
        (0.5 + float(np.cos(a)) * r, 0.53 + float(np.sin(a)) * r)
        for i, a in enumerate(angles)
        for r in ((0.52, 0.22)[i % 2],)
    )


SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "▲": ((0.5, 0.05), (1, 0.95), (0, 0.95)),
    "▼": ((0, 0.05), (1, 0.05), (0.5, 0.95)),
    "◆": ((0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)),
    "■": ((0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95)),
    "★": _star(),
}
"""Corners of each symbol in a unit square; ● and ○ are drawn as circles."""
