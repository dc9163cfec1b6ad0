"""Which framing of the crop serves the network best? The sweep behind docs/decisions/0002-framing.md.

PublicTest faces are pasted into 25-seat gallery frames (1280 x 720), detected there, and cropped with every
framing; the figure is the accuracy on the faces that were found, beside the same faces fed directly.

    python -m benchmarks.framing [--faces 1800] [--detector yunet] [--look GALLERY] [--fine|--only]
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
from types import ModuleType

import cv2
import numpy as np

from benchmarks.gallery import MAKE_GALLERY, SHARED, Tile, match
from fer.dataset.read import read_fer2013
from fer.faces.classify import open_classifier
from fer.faces.crop import FRAMINGS, Framing, crop_faces
from fer.faces.detect import GALLERY, PHOTO, VIDEO, Detections, open_detector

LOOKS = {"GALLERY": GALLERY, "VIDEO": VIDEO, "PHOTO": PHOTO}
SEATS, COLUMNS, WIDTH, HEIGHT = 25, 5, 1280, 720


def gallery_tool() -> ModuleType:
    """Import make_gallery.py, which lies beside the data and is no package."""
    spec = importlib.util.spec_from_file_location("make_gallery", MAKE_GALLERY)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def frames_of(faces: np.ndarray, rng: np.random.Generator) -> list[tuple[np.ndarray, list[Tile]]]:
    """Paste faces into gallery frames; a tile's seat is the face's row."""
    tool = gallery_tool()
    w, h = WIDTH // COLUMNS, HEIGHT // COLUMNS
    frames = []
    for first in range(0, len(faces), SEATS):
        frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        tiles = []
        for row in range(first, min(first + SEATS, len(faces))):
            seat = row - first
            box = (seat % COLUMNS * w, seat // COLUMNS * h, w, h)
            tool.draw_seat(frame, box, tool.background(w, h, rng), faces[row], rng.uniform(0, 20))
            tiles.append(Tile(row, *box, 0, 1, "?"))
        frames.append((frame, tiles))
    return frames


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--faces", type=int, default=1800)
    ask.add_argument("--detector", choices=("yunet", "haar"), default="yunet")
    ask.add_argument("--model")
    ask.add_argument("--look", choices=LOOKS, default="GALLERY")
    ask.add_argument("--only", action="store_true", help="the framing in use, no sweep")
    ask.add_argument("--fine", action="store_true", help="steps of 0.05 and 0.02 around the framing in use")
    args = ask.parse_args()
    rng = np.random.default_rng(0)
    public = read_fer2013(SHARED / "data" / "fer2013" / "fer2013.npz").split("PublicTest")
    usable = np.flatnonzero(public.images.reshape(len(public.images), -1).std(axis=1) > 10)
    rows = rng.permutation(usable)[: args.faces]
    images, labels = public.images[rows], public.labels[rows]
    detector, classifier = open_detector(args.detector), open_classifier(args.model)

    seen: list[tuple[np.ndarray, Detections]] = []
    order: list[int] = []
    for frame, tiles in frames_of(images, rng):
        found = detector.detect(frame, LOOKS[args.look])
        centres = [(float(b[0] + b[2]) / 2, float(b[1] + b[3]) / 2) for b in found.boxes_xyxy]
        seats = match(tiles, centres)[0]
        seen.append((cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), found.take(list(seats.values()))))
        order += list(seats)
    truth = labels[order]
    direct = float((classifier.probabilities(images[order]).argmax(1) == truth).mean())
    print(f"{len(images)} faces, {len(order)} found by {args.detector}; fed directly: {direct:.4f}")
    now = FRAMINGS[args.detector]
    if args.only:
        sides, downs, levels = np.array([now.side]), np.array([now.down]), [now.level]
    elif args.fine:
        sides, downs = now.side + np.arange(-2, 3) * 0.05, now.down + np.arange(-2, 3) * 0.02
        levels = [now.level]
    else:
        sides, downs = np.arange(0.9, 1.51, 0.1), np.arange(-0.08, 0.09, 0.04)
        levels = [0.0, 1.0] if args.detector == "yunet" else [0.0]
    print(f"{'side':>6}{'down':>7}{'level':>7}{'accuracy':>10}{'points below direct':>21}")
    results = []
    for side, down, level in itertools.product(sides, downs, levels):
        framing = Framing(float(side), float(down), level)
        crops = np.concatenate([crop_faces(gray, found, framing) for gray, found in seen])
        accuracy = float((classifier.probabilities(crops).argmax(1) == truth).mean())
        results.append((accuracy, framing))
        print(f"{side:6.2f}{down:7.2f}{level:7.1f}{accuracy:10.4f}{100 * (direct - accuracy):21.2f}", flush=True)
    accuracy, best = max(results, key=lambda result: result[0])
    print(f"best: {best} with {accuracy:.4f}, {100 * (direct - accuracy):.2f} points below the same faces fed directly")


if __name__ == "__main__":
    main()
