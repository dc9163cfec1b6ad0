"""How well five landmarks tell where a head is turned: the figures in docs/decisions/0010-engagement.md.

Two checks with YuNet on real faces, for neither of which anybody labelled an angle:

- a frontal photo is draped over a head-shaped surface, turned by known angles, drawn and detected again;
- faces of FER2013's PublicTest are pasted into 25-seat galleries; in a mirror the same picture must give the opposite
  yaw.

    python -m benchmarks.head_pose [--faces 800]
"""

from __future__ import annotations

import argparse

import cv2
import numpy as np

from benchmarks.framing import frames_of
from benchmarks.gallery import SHARED
from fer.classroom.attention import FULL_DEG, attention
from fer.dataset.read import read_fer2013
from fer.faces.detect import GALLERY, WEBCAM, Detections, YuNetDetector, open_detector
from fer.faces.pose import FACE_CM, Pose, head_pose

ANGLES = (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60)
WIDTH, HEIGHT = 640, 480


def draped(photo_bgr: np.ndarray, landmarks_xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each pixel of a frontal photo a place in space.

    The surface is an upright egg with a nose on it, through the average face's landmarks; it ends where the egg does.

    Returns:
        Places in centimetres, shape (n, 3), axes right, up, towards the camera; and their colours, shape (n, 3).
    """
    eyes_px = np.linalg.norm(landmarks_xy[1] - landmarks_xy[0])
    cm = 2 * FACE_CM[1, 0] / eyes_px
    step = 0.25  # four samples a pixel and axis, so that no gaps show when it is turned
    rows, columns = np.mgrid[0 : photo_bgr.shape[0] - 1 : step, 0 : photo_bgr.shape[1] - 1 : step].astype(np.float32)
    middle = landmarks_xy.mean(axis=0)
    x, y = (columns - middle[0]) * cm, -(rows - middle[1]) * cm + FACE_CM[:, 1].mean()
    inside = 1 - (x / 7.5) ** 2 - (y / 10.5) ** 2
    egg = 7.5 * np.sqrt(np.maximum(inside, 0))
    skin = egg - 7.5 + 4.9
    nose_x, nose_y = x / 1.1, np.where(y > FACE_CM[2, 1], (y - FACE_CM[2, 1]) / 2.2, (y - FACE_CM[2, 1]) / 0.8)
    height = FACE_CM[2, 2] - (7.5 * np.sqrt(1 - (FACE_CM[2, 1] / 10.5) ** 2) - 7.5 + 4.9)
    z = skin + height * np.exp(-(nose_x**2 + nose_y**2))
    colours = cv2.remap(photo_bgr, columns, rows, cv2.INTER_LINEAR)
    kept = inside > 0.02
    return np.stack([x, y, z], axis=-1)[kept], colours[kept]


def drawn(places_cm: np.ndarray, colours: np.ndarray, yaw_deg: float, pitch_deg: float) -> np.ndarray:
    """Turn the surface, and draw it as a webcam 60 cm away sees it; what is nearer covers what is farther."""
    turn = cv2.Rodrigues(np.radians([0.0, -yaw_deg, 0.0]))[0]
    nod = cv2.Rodrigues(np.radians([-pitch_deg, 0.0, 0.0]))[0]
    space = (places_cm * (1, -1, -1)) @ (nod @ turn).T + (0, 0, 60)
    x = np.round(WIDTH * space[:, 0] / space[:, 2] + WIDTH / 2).astype(int)
    y = np.round(WIDTH * space[:, 1] / space[:, 2] + HEIGHT / 2).astype(int)
    order = np.argsort(-space[:, 2])
    order = order[(x[order] >= 0) & (x[order] < WIDTH) & (y[order] >= 0) & (y[order] < HEIGHT)]
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    picture[y[order], x[order]] = colours[order]
    return picture


def best_pose(found: Detections, size: tuple[int, int]) -> Pose | None:
    return head_pose(found.landmarks_xy[0], size) if len(found) else None


def turned_photos(detector: YuNetDetector) -> None:
    photos = [("justin.jpg", 0), ("robocup_team.png", 0), ("robocup_team.png", 1), ("robocup_team.png", 3)]
    print("a photo turned by known angles: the yaw that comes back (- where no face is found)")
    print(f"{'yaw':>22}" + "".join(f"{angle:>6}" for angle in ANGLES))
    for name, row in photos:
        photo = cv2.imread(str(SHARED / "data" / "faces" / name))
        found = detector.detect(photo)
        left, top, right, bottom = found.boxes_xyxy[row].astype(int)
        margin = (right - left) // 2
        left, top = max(0, left - margin), max(0, top - margin)
        part = photo[top : bottom + margin, left : right + margin]
        marks = found.landmarks_xy[row] - (left, top)
        scale = 260 / part.shape[1]
        part, marks = cv2.resize(part, None, fx=scale, fy=scale), marks * scale
        surface = draped(part, marks)
        for label, pitch in ((f"{name} {row}", 0), ("looking down 20", -20), ("looking up 20", 20)):
            poses = [
                best_pose(detector.detect(drawn(*surface, angle, pitch), WEBCAM), (WIDTH, HEIGHT)) for angle in ANGLES
            ]
            print(f"{label:>22}" + "".join("     -" if pose is None else f"{pose.yaw_deg:6.0f}" for pose in poses))
            if pitch:
                found_pitch = [pose.pitch_deg for pose in poses if pose is not None and abs(pose.yaw_deg) < 25]
                print(f"{'its pitch, mean':>22}{np.mean(found_pitch) if found_pitch else np.nan:6.0f}")


def mirrored_galleries(detector: YuNetDetector, count: int) -> None:
    public = read_fer2013(SHARED / "data" / "fer2013" / "fer2013.npz").split("PublicTest")
    rng = np.random.default_rng(0)
    poses, sums, attentions = [], [], []
    for frame, _ in frames_of(public.images[rng.permutation(len(public.images))[:count]], rng):
        here = detector.detect(frame, GALLERY)
        there = detector.detect(np.ascontiguousarray(frame[:, ::-1]), GALLERY)
        centres = there.boxes_xyxy[:, [0, 2]].mean(axis=1), there.boxes_xyxy[:, [1, 3]].mean(axis=1)
        for box, marks in zip(here.boxes_xyxy, here.landmarks_xy, strict=True):
            x, y = WIDTH * 2 - box[[0, 2]].mean(), box[[1, 3]].mean()
            gaps = np.hypot(centres[0] - x, centres[1] - y)
            pose = head_pose(marks, (1280, 720))
            other = head_pose(there.landmarks_xy[gaps.argmin()], (1280, 720)) if len(gaps) and gaps.min() < 20 else None
            if pose is None or other is None:
                continue
            poses.append(pose)
            sums.append(abs(pose.yaw_deg + other.yaw_deg))
            attentions.append(attention(marks, (1280, 720)))
    yaws, pitches = np.array([pose.yaw_deg for pose in poses]), np.array([pose.pitch_deg for pose in poses])
    away = np.array([pose.away_deg for pose in poses])
    print(f"\n{len(poses)} gallery faces of 48 pixels, most of them photographed frontally")
    print(f"yaw, 5th to 95th percentile: {np.percentile(yaws, 5):.0f} to {np.percentile(yaws, 95):.0f}")
    print(f"pitch, 5th to 95th percentile: {np.percentile(pitches, 5):.0f} to {np.percentile(pitches, 95):.0f}")
    print(
        f"turned at most {FULL_DEG:.0f} degrees: {(away <= FULL_DEG).mean():.1%}; attention {np.mean(attentions):.2f}"
    )
    print(f"yaw + yaw in the mirror: median {np.median(sums):.1f}, 95th percentile {np.percentile(sums, 95):.1f}")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--faces", type=int, default=800, help="faces in galleries")
    args = ask.parse_args()
    detector = open_detector("yunet")
    assert isinstance(detector, YuNetDetector)
    turned_photos(detector)
    mirrored_galleries(detector, args.faces)


if __name__ == "__main__":
    main()
