"""What mending dark and noisy faces gives the default network, and what it costs, on PublicTest.

    python -m benchmarks.mending [--faces 700] [--model NAME]

All of PublicTest as it is; then a sample of it in noise, in the dark, in both as a dim room has them, and compressed,
each with the network's own preparation of faces and with the same one without mending.
"""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np

from benchmarks.gallery import SHARED
from fer.dataset.opening import open_dataset
from fer.evaluation.changes import change_named
from fer.evaluation.robustness import FACES, sample_of
from fer.faces.classify import Classifier, open_classifier
from fer.faces.mend import mend_faces
from fer.faces.scale import scale_faces

BATCH = 128
DIM = ((0.3, 4.0), (0.15, 4.0), (0.15, 8.0))
"""Light that is left, and the noise in it: shares and grey values."""


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--faces", type=int, default=FACES)
    ask.add_argument("--model", help="a face model; the default one if none is named")
    args = ask.parse_args()
    cv2.setNumThreads(1)
    opened = open_dataset(SHARED / "data" / "fer2013" / "fer2013.npz")
    public = opened.faces.split("PublicTest")
    sample = sample_of(opened.faces, "PublicTest", args.faces, 0, opened.name)
    classifier = open_classifier(args.model)
    print(f"{classifier.entry.name}, percent right\n\n| PublicTest | faces | mended | as they come |")
    print("|---|---|---|---|")
    print_row(classifier, "as it is", np.asarray(public.images), public.labels)
    images = np.asarray(sample.images)
    for name, title in (("noise", "noise of"), ("dark", "light left:"), ("jpeg", "JPEG quality")):
        change = change_named(name)
        for step in range(1, len(change.steps)):
            print_row(classifier, f"{title} {change.words[step]}", change.apply(images, step), sample.labels)
    for left, deviation in DIM:
        grain = np.random.default_rng(0).standard_normal(images.shape) * deviation
        dim = np.clip(np.rint(images * left + grain), 0, 255).astype(np.uint8)
        print_row(classifier, f"light left: {left:.0%}, noise of {deviation:g}", dim, sample.labels)
    print_times(classifier, images[:32])


def print_row(classifier: Classifier, title: str, images: np.ndarray, labels: np.ndarray) -> None:
    shares = [f"{100 * right(classifier, images, labels, mend):.1f}" for mend in (True, False)]
    print(f"| {title} | {len(images):,} | {' | '.join(shares)} |", flush=True)


def right(classifier: Classifier, images: np.ndarray, labels: np.ndarray, mend: bool) -> float:
    spec = classifier.spec.model_copy(update={"mend": mend})
    batches = (images[first : first + BATCH] for first in range(0, len(images), BATCH))
    answers = np.concatenate([classifier.from_scaled(scale_faces(batch, spec)) for batch in batches])
    return float((answers.argmax(axis=1) == labels).mean())


def print_times(classifier: Classifier, images: np.ndarray) -> None:
    noisy = change_named("noise").apply(images, 3)
    print("\nmilliseconds a face, a batch of 32 on one core:")
    for title, faces in (("quiet faces mended", images), ("noisy faces mended", noisy)):
        print(f"{title}: {ms(lambda faces=faces: mend_faces(faces)) / len(images):.3f}")
    print(f"all, network included: {ms(lambda: classifier.probabilities(images)) / len(images):.2f}")


def ms(work: object, rounds: int = 30) -> float:
    assert callable(work)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return float(np.median(times)) * 1e3


if __name__ == "__main__":
    main()
