"""Train a small network for the tests, in a process of its own: TensorFlow stays out of the tests' process.

python small_training.py DATA RUN_HOME
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.read import read_fer2013
from fer.errors import ModelError
from fer.runs import worker
from fer.runs.folder import Run
from fer.training.augmentation import Augmentation
from fer.training.recipe import Recipe

STILL = Augmentation(rotation_deg=0, scale=0, shift_px=0, contrast=0, brightness=0, cutout=0, blur=0)
RECIPE = Recipe(
    widths=(8, 16),
    dropout=0.1,
    epochs=4,
    batch_size=8,
    warmup_epochs=1,
    weight_decay=0.0005,
    average=0.8,
    bfloat16=False,
    augmentation=STILL,
)


def train_whole_and_in_parts(data: Path, folder: Path) -> dict[str, object]:
    from fer.training.job import train
    from fer.training.run import CHECKPOINTS

    faces = read_fer2013(data)
    whole: list[dict[str, float]] = []
    model = train(faces, None, RECIPE, folder / "whole", report=whole.append)
    assert model is not None

    # Stopped in the middle of the second epoch, then resumed.
    parts: list[dict[str, float]] = []
    steps = {"n": 0}

    def stop() -> bool:
        steps["n"] += 1
        return steps["n"] > 4 + len(faces.split("Training").labels) // RECIPE.batch_size

    stopped = train(faces, None, RECIPE, folder / "parts", report=parts.append, stop_asked=stop)
    epochs_before = len(parts)
    resumed = train(faces, None, RECIPE, folder / "parts", report=parts.append)
    assert resumed is not None
    gap = max(float(np.abs(a - b).max()) for a, b in zip(model.get_weights(), resumed.get_weights(), strict=True))

    # The same by way of a run folder and its worker; asked to stop before it began, then started again.
    run = Run.create("training", "train", {"data": str(data), "votes": None, "recipe": RECIPE.model_dump(mode="json")})
    run.ask_stop()
    worker.main([str(run.folder)])
    stopped_state = run.status().state
    worker.make_ready(run)
    worker.main([str(run.folder)])
    return {
        "whole": whole,
        "stopped_is_none": stopped is None,
        "epochs_before": epochs_before,
        "epochs": [figures["epoch"] for figures in parts],
        "weights_gap": gap,
        "losses": [[f["loss"] for f in whole], [f["loss"] for f in parts]],
        "run": run.id,
        "states": [stopped_state, run.status().state],
        "metrics": len(run.metrics()[0]),
        "checkpoints": len(list((run.artifacts / CHECKPOINTS).glob("epoch-*"))),
    }


def publish_and_compare(data: Path, run_id: str) -> dict[str, object]:
    import keras

    from fer.faces.classify import calibrated, open_classifier
    from fer.faces.scale import scale_faces
    from fer.settings import settings
    from fer.training import publish as publishing
    from fer.training.job import input_spec

    faces = read_fer2013(data)
    spec = input_spec(faces.split("Training"), RECIPE)
    folder = settings().home / "models"
    facts = {"data": "drawn faces", "split": "four fifths", "licence": "MIT", "command": "a test"}
    source = Run.open(run_id).artifacts / "model.keras"
    entry = publishing.publish(source, faces, spec, name="small", folder=folder, facts=facts)
    files = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    publishing.LARGEST_BYTES = 10
    try:
        publishing.publish(source, faces, spec, name="small", folder=folder, facts=facts)
        refused = ""
    except ModelError as problem:
        refused = str(problem)
    untouched = files == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    public = faces.split("PublicTest")
    model = keras.saving.load_model(folder / "small.keras", compile=False, safe_mode=True)
    theirs = calibrated(model.predict(scale_faces(public.images, spec), verbose=0), "logits", entry["temperature"])
    ours = open_classifier("small").probabilities(public.images)
    return {"entry": entry, "gap": float(np.abs(theirs - ours).max()), "refused": refused, "untouched": untouched}


def compare_shipped(data: Path) -> dict[str, float]:
    """Return the largest difference between Keras and ONNX Runtime for every model that ships."""
    import keras

    from fer import registry
    from fer.faces.classify import Classifier, calibrated
    from fer.faces.scale import scale_faces

    images = read_fer2013(data).images
    gaps = {}
    for entry in registry.models("face"):
        classifier = Classifier(entry, entry.verified("onnx"))
        model = keras.saving.load_model(entry.verified("keras"), compile=False, safe_mode=True)
        raw = model.predict(scale_faces(images, classifier.spec), verbose=0)
        theirs = calibrated(raw, entry.output, entry.temperature)
        gaps[entry.name] = float(np.abs(theirs - classifier.probabilities(images)).max())
    return gaps


def write_drawn(path: Path) -> None:
    """Write drawn faces in FER2013's compact form, a fifth of them as PublicTest."""
    from fer.dataset.demo import demo_faces

    faces: FaceSet = demo_faces(per_emotion=60)
    usage = np.where(np.arange(len(faces.labels)) % 5 == 0, USAGES.index("PublicTest"), 0).astype(np.uint8)
    np.savez(path, pixels=faces.images, emotion=faces.labels, usage=usage)


if __name__ == "__main__":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    what, home = sys.argv[1], Path(sys.argv[2])
    drawn = home / "drawn.npz"
    if not drawn.is_file():
        write_drawn(drawn)
    if what == "train":
        result: object = train_whole_and_in_parts(drawn, home)
        result["published"] = publish_and_compare(drawn, str(result["run"]))  # type: ignore[index]
    else:
        result = compare_shipped(drawn)
    print("RESULT" + json.dumps(result))
