"""Trains the text model on a few sentences of ours, in a process of its own: ``small_text_training.py FOLDER``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

from fer.emotions import canonical
from fer.registry import find, models
from fer.runs import worker
from fer.runs.folder import Run
from fer.text.classify import open_text_classifier
from fer.text.corpora import FINE_LABELS, fine_groups, read_carer, read_goemotions
from fer.text.publish import publish
from fer.text.reading import read_texts
from fer.text.recipe import TextRecipe
from fer.text.samples import SENTENCES

RECIPE = TextRecipe(
    least_words=1, least_characters=3, least_known=1, filters=[8, 8], width=8, epochs=2, iterations=20, batch_size=32
)  # fmt: skip


def write_corpora(folder: Path) -> None:
    numbers = {canonical(label): number for number, label in enumerate(FINE_LABELS) if canonical(label)}
    lines = [f"{text}\t{numbers[emotion]}\tid\n" for emotion, texts in SENTENCES.items() for text in texts]
    (folder / "train.tsv").write_text("".join(lines) * 2 + "so so\t2,25\tid\n")
    (folder / "dev.tsv").write_text("".join(lines[::2]) + "so so\t2,25\tid\n")
    (folder / "carer.txt").write_text("text;label_name\ni feel happy;joy\ni feel sad;sadness\ni love you;love\n")
    words = sorted({word for texts in SENTENCES.values() for text in texts for word in text.lower().split()})
    rng = np.random.default_rng(0)
    (folder / "vectors.txt").write_text(
        "".join(f"{word} {' '.join(f'{number:.3f}' for number in rng.normal(0, 0.3, 8))}\n" for word in words)
    )


def work(config: dict[str, object], stop: bool = False) -> Run:
    run = Run.create("text_training", "train", config)
    worker.make_ready(run)
    if stop:
        run.ask_stop()
    worker.main([str(run.folder)])
    return run


def main(folder: Path) -> dict[str, object]:
    write_corpora(folder)
    config = {
        "goemotions": str(folder / "train.tsv"), "carer": str(folder / "carer.txt"),
        "vectors": str(folder / "vectors.txt"), "recipe": RECIPE.model_dump(mode="json"),
    }  # fmt: skip
    stopped, run = work(config, stop=True), work(config)
    models_folder = folder / "home" / "models"
    entry = publish(
        run, read_goemotions(folder / "dev.tsv"), read_carer(folder / "carer.txt"), name="small", folder=models_folder,
        default=False,
    )  # fmt: skip
    classifier = open_text_classifier("small")
    readings = read_texts(["I love this class", "the slides are in the folder"], classifier)
    return {
        "states": [stopped.status().state, run.status().state],
        "metrics": len(run.metrics()[0]),
        "artifacts": sorted(path.name for path in run.artifacts.iterdir()),
        "gap": json.loads((run.artifacts / "model.json").read_text())["gap"],
        "entry": entry,
        "listed": [one.name for one in models("text")],
        "default": find(kind="text").name,
        "sums": [float(reading.probabilities.sum()) for reading in readings],
        "groups": fine_groups().sum(axis=0).tolist(),
    }


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print("RESULT" + json.dumps(main(target)))
