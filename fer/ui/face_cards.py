"""Faces as cards: the face, its emotion in words, and the seven probabilities, as HTML that screen readers can read."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np
import numpy.typing as npt

from fer.emotions import EMOTIONS, STYLES
from fer.faces.pipeline import Face

CROP_SIDE_PX = 176
ROOM = 0.2
"""How much is shown around a face's box, as a share of its longer side."""


def face_crop(image_bgr: npt.NDArray[np.uint8], face: Face) -> str:
    """Cut a face out with a little room around it.

    Args:
        image_bgr: The upright photo, shape ``(height, width, 3)``, uint8.
        face: Whose box is cut out.

    Returns:
        A square JPEG as a ``data:`` address; where it reaches over the photo's edge, the edge is repeated.
    """
    x, y, w, h = face.box_xywh
    side = max(w, h) * (1 + 2 * ROOM)
    scale = CROP_SIDE_PX / side
    middle = np.array([x + w / 2, y + h / 2])
    to_crop = np.concatenate([np.eye(2) * scale, (CROP_SIDE_PX / 2 - middle * scale)[:, None]], axis=1)
    # A large face is averaged down first: sampling alone would make it rough.
    source = image_bgr
    if scale < 0.5:
        left, top = (max(0, int(edge)) for edge in middle - side / 2)
        source = image_bgr[top : int(middle[1] + side / 2) + 1, left : int(middle[0] + side / 2) + 1]
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.4 / scale), np.uint8)
        to_crop[:, 2] += np.array([left, top]) * scale
    size = (CROP_SIDE_PX, CROP_SIDE_PX)
    crop = cv2.warpAffine(source, to_crop, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    _, jpeg = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()


def cards_html(faces: Sequence[Face], crops: Sequence[str], first: int = 1) -> str:
    """Return a grid of cards, one a face, numbered from ``first``."""
    cards = (_card(number, face, crop) for number, (face, crop) in enumerate(zip(faces, crops, strict=True), first))
    return f'<div class="cm-faces">{"".join(cards)}</div>'


def emotion_html(emotion: str) -> str:
    """Return symbol and name; the symbol has the emotion's colour, the name the page's."""
    style = STYLES[emotion]
    return (
        f'<span class="cm-mark" style="color:{style.colour}" aria-hidden="true">{style.symbol}</span>{escape(emotion)}'
    )


def _card(number: int, face: Face, crop: str) -> str:
    percent = f"{100 * face.confidence:.0f} %"
    if face.unsure:
        head, line = "Unsure", f"most likely {emotion_html(face.emotion)}, {percent}"
    else:
        head, line = emotion_html(face.emotion), f"{percent} confidence"
    return (
        f'<article class="cm-face" aria-label="Face {number}">'
        f'<img src="{crop}" width="88" height="88" alt="Face {number}, cut from the photo">'
        f'<div class="cm-face-head"><span class="cm-small">Face {number}</span>'
        f'<strong>{head}</strong><span class="cm-line">{line}</span></div>'
        f"{bars_html(face.probabilities)}</article>"
    )


def bars_html(probabilities: npt.NDArray[np.floating]) -> str:
    """Return seven probabilities as a list of bars.

    Args:
        probabilities: Shape ``(7,)``, FER2013's order; all 0 where there is nothing to show.
    """
    largest = EMOTIONS[int(np.argmax(probabilities))] if np.any(probabilities) else ""
    rows = []
    for name, share in zip(EMOTIONS, probabilities, strict=True):
        percent = 100 * float(share)
        top = ' class="cm-top"' if name == largest else ""
        rows.append(
            f'<li{top}><span>{emotion_html(name)}</span><span class="cm-track">'
            f'<span style="width:{percent:.1f}%;background:{STYLES[name].colour}"></span></span>'
            f"<span>{percent:.0f} %</span></li>"
        )
    return f'<ul class="cm-bars">{"".join(rows)}</ul>'
