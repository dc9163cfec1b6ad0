"""Where a head is turned, from five landmarks: a rigid face of average shape, fitted to them by perspective.

It is a head's direction, not a gaze: eyes move without the head. On pictures of faces turned by known angles, and on
real ones, see docs/decisions/0010-engagement.md.

Sources:
    Terzakis & Lourakis 2020, "A Consistently Fast and Globally Optimal Solution to the Perspective-n-Point Problem"
    (SQPnP).
    MediaPipe's canonical face model (Apache 2.0), in centimetres: vertex 1 is the tip of the nose, 61 and 291 the
    corners of the mouth; an eye's centre is the mean of its corners and lids, 33, 133, 145, 159 and 263, 362, 374, 386.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

FACE_CM = np.array(
    [
        [-3.1642, 2.6269, 3.6460],
        [3.1642, 2.6269, 3.6460],
        [0.0, -1.1269, 7.4756],
        [-2.4562, -4.3426, 4.2839],
        [2.4562, -4.3426, 4.2839],
    ]
)
"""The five landmarks of an average face that looks at the camera, as YuNet orders them: the person's right eye, left
eye, nose, right and left corner of the mouth. Axes: the image's right, up, towards the camera."""

_MODEL = (FACE_CM - FACE_CM.mean(axis=0)) * (1, -1, -1)  # OpenCV's axes: right, down, away from the camera


@dataclass(frozen=True)
class Pose:
    """Where a head is turned, against the line from it to the camera; all 0 for a face that looks at the camera.

    Attributes:
        yaw_deg: Positive where the nose points to the image's right, in (-180, 180].
        pitch_deg: Positive where it points up, in [-90, 90]. It takes a long nose for a lowered head: people differ by
            some ten degrees.
        roll_deg: Positive where the head is tilted clockwise in the image, in (-180, 180].
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float

    @property
    def away_deg(self) -> float:
        """The angle between the face's direction and the camera, in [0, 180]; tilting the head changes nothing.

        >>> round(Pose(30.0, 0.0, 45.0).away_deg), round(Pose(90.0, 40.0, 0.0).away_deg)
        (30, 90)
        """
        yaw, pitch = np.radians((self.yaw_deg, self.pitch_deg))
        return float(np.degrees(np.arccos(np.clip(np.cos(yaw) * np.cos(pitch), -1, 1))))


def head_pose(landmarks_xy: npt.NDArray[np.floating], size_px: tuple[int, int]) -> Pose | None:
    """Return where a head is turned.

    Args:
        landmarks_xy: Right eye, left eye, nose, right and left corner of the mouth (the person's right and left) in
            pixels, shape ``(5, 2)``, as ``Detections.landmarks_xy`` gives them.
        size_px: Width and height of the image that they were found in. Its longer side is taken for the focal length,
            as webcams have it (a field of view of 53 degrees); five times as much changes a yaw by a degree or two.

    Returns:
        The pose; None where there are no landmarks (NaN, from the Haar cascade) or no face could look so.

    Raises:
        ValueError: If the landmarks have another shape.
    """
    if np.shape(landmarks_xy) != (5, 2):
        raise ValueError(f"expected landmarks (5, 2), got {np.shape(landmarks_xy)}")
    points = np.asarray(landmarks_xy, np.float64)
    # Landmarks that fall into one point fit every direction.
    if not np.isfinite(points).all() or np.ptp(points, axis=0).min() < 1:
        return None
    # The face's own place is made the picture's centre: what counts is whether it is turned to the camera, from
    # wherever it sits; and a tile of a gallery has its own camera.
    centre_x, centre_y = points.mean(axis=0)
    focal = float(max(size_px))
    camera = np.array([[focal, 0, centre_x], [0, focal, centre_y], [0, 0, 1]])
    try:
        solved, rotation, shift = cv2.solvePnP(_MODEL, points[:, None], camera, None, flags=cv2.SOLVEPNP_SQPNP)
    except cv2.error:
        return None
    if not solved or not np.isfinite(rotation).all() or float(shift[2, 0]) <= 0:
        return None
    return _angles(np.asarray(cv2.Rodrigues(rotation)[0], np.float64))


def _angles(turn: npt.NDArray[np.floating]) -> Pose:
    """Take a rotation apart: the head turns about its own upright axis first, then nods, then tilts."""
    pitch = -np.arcsin(np.clip(turn[2, 1], -1, 1))
    yaw = np.arctan2(turn[2, 0], turn[2, 2])
    roll = np.arctan2(-turn[0, 1], turn[1, 1])
    yaw_deg, pitch_deg, roll_deg = (float(np.degrees(angle)) for angle in (yaw, pitch, roll))
    return Pose(yaw_deg, pitch_deg, roll_deg)
