"""What keeps a face from being read well, as one word; pages say what to do about it."""

from __future__ import annotations

from typing import Literal

Hint = Literal["none", "no_face", "too_dark", "black", "too_far", "turned"]
DARK = 45.0
BLACK = 10.0
"""Mean grey values of a frame in which faces are hard to find, and of one that shows nothing."""
NO_FACE_AFTER_S = 2.0
"""A face that is missed in one frame needs no advice."""
FAR_PX = 48
"""Narrower faces have fewer pixels than the network was trained on."""
TURNED_BELOW = 0.3
"""Of attention: a head turned by more than some 33 degrees."""


def hint_of(face_px: int | None, no_face_s: float, brightness: float, attention: float | None) -> Hint:
    """Return what helps most.

    Args:
        face_px: Width of the face, or None where none is seen.
        no_face_s: Since a face was last seen, or since the beginning.
        brightness: Mean grey value of the frame in [0, 255].
        attention: Of the face, or None where it is unknown.

    >>> hint_of(None, 5.0, 30.0, None), hint_of(120, 0.0, 130.0, 0.9), hint_of(20, 0.0, 130.0, 0.9)
    ('too_dark', 'none', 'too_far')
    """
    if brightness < BLACK:
        return "black"
    if face_px is None:
        missing: Hint = "too_dark" if brightness < DARK else "no_face"
        return missing if no_face_s > NO_FACE_AFTER_S else "none"
    if face_px < FAR_PX:
        return "too_far"
    if brightness < DARK:
        return "too_dark"
    return "turned" if attention is not None and attention < TURNED_BELOW else "none"
