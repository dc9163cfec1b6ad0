"""Three ways to analyse the same frames, each run as a process of its own that prints JSON.

    python workers.py ours|closer|resting|naive|peer RECORDING FRAMES [KERAS]

``peer`` needs PyPI's ``fer`` and runs in that package's own virtual environment, so this file imports nothing of
Classmood at its top, and it must be started as a file, not as a module.

Output: ``{"seconds": total, "frames": [[{"centre": [x, y], "emotion": name}, …], …]}``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

Found = list[dict[str, Any]]
Step = Callable[[Any, float], Found]
ROOT = Path(__file__).resolve().parent.parent


def ours(look: str, rests: bool) -> Step:
    """Classmood: every frame detected and classified, or resting between."""
    sys.path.insert(0, str(ROOT))
    from fer.faces.detect import GALLERY, VIDEO
    from fer.faces.frames import EVERY_FRAME, RESTING, FrameAnalyzer
    from fer.faces.pipeline import open_analyzer

    analyzer = open_analyzer("yunet", threads=os.cpu_count() or 1)
    frames = FrameAnalyzer(analyzer, RESTING if rests else EVERY_FRAME, {"GALLERY": GALLERY, "VIDEO": VIDEO}[look])

    def step(image: Any, time_s: float) -> Found:
        found = []
        for face in frames.step(image, time_s):
            x, y, w, h = face.face.box_xywh
            found.append({"centre": [x + w / 2, y + h / 2], "emotion": face.face.emotion, "smoothed": face.emotion})
        return found

    return step


def naive(keras_file: str) -> Step:
    """What most tutorials do: the cascade on every frame, Keras ``predict`` for every face; our own network."""
    sys.path.insert(0, str(ROOT))
    import keras
    import numpy as np

    from fer.emotions import EMOTIONS
    from fer.faces.scale import InputSpec, scale_faces
    from fer.registry import find

    spec = InputSpec(**find().input.model_dump())
    model = keras.saving.load_model(keras_file, compile=False, safe_mode=True)
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))

    def step(image: Any, time_s: float) -> Found:
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        found = []
        for x, y, w, h in cascade.detectMultiScale(gray, 1.1, 5, minSize=(24, 24)):
            face = cv2.resize(gray[y : y + h, x : x + w], (48, 48), interpolation=cv2.INTER_AREA)
            logits = model.predict(scale_faces(np.asarray(face, np.uint8)[None], spec), verbose=0)[0]
            found.append({"centre": [float(x + w / 2), float(y + h / 2)], "emotion": EMOTIONS[int(logits.argmax())]})
        return found

    return step


def peer() -> Step:
    """PyPI's ``fer`` as its own documentation uses it."""
    from fer.fer import FER  # PyPI's package, in its own environment

    detector = FER()

    def step(image: Any, time_s: float) -> Found:
        found = []
        for face in detector.detect_emotions(image):
            x, y, w, h = (float(value) for value in face["box"])
            emotion = max(face["emotions"], key=face["emotions"].get)
            found.append({"centre": [x + w / 2, y + h / 2], "emotion": emotion})
        return found

    return step


def main() -> None:
    what, recording, frames = sys.argv[1], sys.argv[2], int(sys.argv[3])
    ways: dict[str, Callable[[], Step]] = {
        "ours": lambda: ours("VIDEO", rests=False),
        "closer": lambda: ours("GALLERY", rests=False),
        "resting": lambda: ours("GALLERY", rests=True),
        "naive": lambda: naive(sys.argv[4]),
        "peer": peer,
    }
    step = ways[what]()
    capture = cv2.VideoCapture(recording)
    fps = capture.get(cv2.CAP_PROP_FPS)
    images = [capture.read()[1] for _ in range(frames)]
    step(images[0], -1.0)  # Nobody's first call, with its loading and compiling, counts.
    results, started = [], time.perf_counter()
    for number, image in enumerate(images):
        results.append(step(image, number / fps))
    print("RESULT" + json.dumps({"seconds": time.perf_counter() - started, "frames": results}))


if __name__ == "__main__":
    main()
