"""How fast the course CNN trains: the course's own loop (ImageDataGenerator and fit) beside ours, in one process.

    python -m benchmarks.training_speed [--faces 640] [--rounds 3]

The network, the batch of 128, Adam and the changes of the faces are the same; ours changes faces by OpenCV in a thread
of its own and computes in bfloat16 (also shown: float32). Rounds take turns, so that other work on the machine meets
all alike; the CPU column does not depend on it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
AT_LEAST = 1.3
BATCH = 128


def course_loop(images: Any, labels: Any) -> Callable[[], None]:
    """The way courses and tutorials train it."""
    import tensorflow as tf
    from keras import Sequential, layers, optimizers

    model = Sequential([layers.Input((48, 48, 1))])
    for width, kernel in ((64, 3), (128, 5), (512, 3), (512, 3)):
        model.add(layers.Conv2D(width, kernel, padding="same"))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D(2))
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(7, activation="softmax"))
    model.compile(optimizer=optimizers.Adam(0.001), loss="categorical_crossentropy", metrics=["accuracy"])
    assert model.count_params() == 3_192_839
    generator = tf.keras.preprocessing.image.ImageDataGenerator(
        rescale=1 / 255, rotation_range=10, width_shift_range=0.1, height_shift_range=0.1, zoom_range=0.1,
        horizontal_flip=True,
    )  # fmt: skip
    flow = generator.flow(images[..., None], labels, batch_size=BATCH)
    return lambda: model.fit(flow, epochs=1, verbose=0)


def our_loop(images: Any, labels: Any, precision: str) -> Callable[[], None]:
    from fer.faces.scale import InputSpec
    from fer.training.batches import Batches, steps_of
    from fer.training.compiling import compiled
    from fer.training.recipe_files import read_recipe

    recipe = read_recipe("course", [f"precision={precision}"])
    model = compiled(recipe, steps_of(len(images), recipe))
    spec = InputSpec(h=48, w=48)
    epoch = iter(range(1000))

    def fit() -> None:
        batches = Batches(images, labels, None, recipe, spec, next(epoch))
        model.fit(batches, epochs=1, shuffle=False, verbose=0)

    return fit


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--faces", type=int, default=640)
    ask.add_argument("--rounds", type=int, default=3)
    args = ask.parse_args()
    import cv2
    import numpy as np

    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (args.faces, 48, 48), np.uint8)
    labels = np.eye(7, dtype=np.float32)[rng.integers(0, 7, args.faces)]
    ways = {
        "the course's loop": course_loop(images, labels),
        "ours, float32": our_loop(images, labels, "float32"),
        "ours, bfloat16": our_loop(images, labels, "bfloat16"),
    }
    wall: dict[str, list[float]] = {name: [] for name in ways}
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    for fit in ways.values():
        fit()  # compiles
    for _ in range(args.rounds):
        for name, fit in ways.items():
            began, used = time.perf_counter(), time.process_time()
            fit()
            wall[name].append(args.faces / (time.perf_counter() - began))
            cpu[name].append(args.faces / (time.process_time() - used))
    first = next(iter(ways))
    print("| | faces a second | faces a CPU second | ratio (CPU) |\n|---|---|---|---|")
    for name in ways:
        ratio = statistics.median(cpu[name]) / statistics.median(cpu[first])
        print(f"| {name} | {statistics.median(wall[name]):.0f} | {statistics.median(cpu[name]):.0f} | {ratio:.2f} |")
    ratio = statistics.median(cpu["ours, bfloat16"]) / statistics.median(cpu[first])
    print(f"\n{ratio:.2f} times the course's loop by CPU time; asked for {AT_LEAST:g}")
    sys.exit(0 if ratio >= AT_LEAST else 1)


if __name__ == "__main__":
    main()
