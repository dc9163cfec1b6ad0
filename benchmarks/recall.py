"""Faces found and false alarms: on gallery recordings, and on whole photos as a guard.

    python -m benchmarks.recall [--seeds 4]

Galleries are 1280 x 720 with 25 and 49 seats of PublicTest faces, one frame in 38. Whole photos are those of the data
folder and those that scikit-image ships; which of them hold faces was counted by looking.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import skimage

from benchmarks.gallery import SHARED, make_gallery, match
from fer.errors import InputError
from fer.faces.detect import GALLERY, PHOTO, VIDEO, WEBCAM, Detections, Detector, HaarDetector, Look, open_detector
from fer.faces.images import read_photo

LOOKS = {"WEBCAM": WEBCAM, "VIDEO": VIDEO, "GALLERY": GALLERY, "PHOTO": PHOTO}
FACES = {"justin.jpg": 1, "robocup_team.png": 6, "astronaut.png": 1, "camera.png": 1}


def centres(found: Detections) -> list[tuple[float, float]]:
    """The middle of each box."""
    return [(float(b[0] + b[2]) / 2, float(b[1] + b[3]) / 2) for b in found.boxes_xyxy]


def gallery_row(detector: Detector, look: Look, seats: int, seeds: int) -> str:
    total = found = false_alarms = frames = 0
    spent = 0.0
    for seed in range(seeds):
        gallery = make_gallery(Path(tempfile.gettempdir()) / "classmood-galleries", seats, seed=seed)
        for time_s, image in gallery.frames(every=38, first=20):
            started = time.perf_counter()
            detections = detector.detect(image, look)
            spent += time.perf_counter() - started
            tiles = gallery.at(time_s)
            matched, false = match(tiles, centres(detections))
            total += sum(bool(tile.emotion) for tile in tiles)
            found, false_alarms, frames = found + len(matched), false_alarms + false, frames + 1
    return f"{found / total:.3f} | {false_alarms / frames:.2f} | {1e3 * spent / frames:.0f}"


def photos() -> dict[str, np.ndarray]:
    """Whole photos, by name."""
    paths = sorted((SHARED / "data" / "faces").glob("*.[jp][pn]g"))
    paths += sorted(
        path for path in (Path(skimage.__file__).parent / "data").iterdir() if path.suffix in (".png", ".jpg")
    )
    found = {}
    for path in paths:
        try:
            found[path.name] = read_photo(path).image_bgr
        except InputError as problem:
            print(problem)
    return found


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seeds", type=int, default=4)
    args = ask.parse_args()
    detectors: list[Detector] = [open_detector("yunet"), HaarDetector()]
    print("| detector | look | seats | recall | false alarms a frame | ms a frame |\n|---|---|---|---|---|---|")
    for detector in detectors:
        for name in ("VIDEO", "GALLERY", "PHOTO") if detector.name == "yunet" else ("GALLERY",):
            for seats in (25, 49):
                print(
                    f"| {detector.name} | {name} | {seats} | {gallery_row(detector, LOOKS[name], seats, args.seeds)} |"
                )
    pictures = photos()
    print(f"\n{len(pictures)} whole photos with {sum(FACES.values())} faces")
    print("| detector | look | found | false alarms | where |\n|---|---|---|---|---|")
    for detector in detectors:
        for name, look in LOOKS.items():
            counts = {key: len(detector.detect(image, look)) for key, image in pictures.items()}
            found = sum(min(count, FACES.get(key, 0)) for key, count in counts.items())
            false = {key: count - FACES.get(key, 0) for key, count in counts.items() if count > FACES.get(key, 0)}
            print(f"| {detector.name} | {name} | {found} | {sum(false.values())} | {false or ''} |")


if __name__ == "__main__":
    main()
