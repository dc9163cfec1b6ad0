"""Attention from the direction of a head: towards the screen, turned away, or unknown.

Sources:
    Stiefelhagen & Zhu 2002, "Head Orientation and Gaze Direction in Meetings": the head makes 69 % of a turn of the
    gaze, and its direction alone told in 89 % of the cases whom somebody looked at.
    Zhang et al. 2024, "TCCT-Net", arXiv 2404.09474: on EngageNet head pose alone beats 98 features.
"""

from __future__ import annotations

import numpy as np

from fer.classroom.records import FloatArray
from fer.faces.pose import head_pose

FULL_DEG = 15.0
"""A face measured within it looks towards the screen. Ours: four of five faces of FER2013, most of them photographed
frontally, are, and so is a head turned by some 20 degrees; a notebook's screen seen from 60 cm takes 15."""
NONE_DEG = 35.0
"""A face measured beyond looks elsewhere: a head turned by some 45 degrees, of which YuNet's landmarks give back three
quarters (docs/decisions/0010-engagement.md). Ours."""


def attention(landmarks_xy: FloatArray | None, size_px: tuple[int, int]) -> float | None:
    """Return how much a face looks towards its camera.

    It falls in a straight line between the two angles. Who writes by hand looks down and is counted as turned away in
    part: the number says where a head points, not what it thinks of.

    Args:
        landmarks_xy: Five landmarks in pixels, shape ``(5, 2)``, as ``Detections.landmarks_xy`` gives them; None or
            NaN where the detector gives none.
        size_px: Width and height of the image.

    Returns:
        In [0, 1]: 1 frontal, 0 turned away; None where there are no landmarks. Unknown is never a zero.

    Raises:
        ValueError: If the landmarks have another shape.
    """
    pose = None if landmarks_xy is None else head_pose(landmarks_xy, size_px)
    if pose is None:
        return None
    return float(np.clip((NONE_DEG - pose.away_deg) / (NONE_DEG - FULL_DEG), 0, 1))
