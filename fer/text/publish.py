"""From a training run's files to a model that serves: calibration, figures, manifest entry."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from fer.emotions import EMOTIONS
from fer.errors import ModelError
from fer.evaluation.metrics import fit_temperature, right_half_the_time
from fer.faces.classify import calibrated
from fer.runs.folder import Run
from fer.text.classify import logits_of, open_session
from fer.text.cleaning import MOST_CHARACTERS
from fer.text.corpora import LabelledTexts
from fer.text.evaluation import text_figures
from fer.text.grams import CHARACTER_GRAMS, MOST_WORDS, WORD_GRAMS, Message, read_vocabulary
from fer.text.recipe import TextRecipe
from fer.training.publish import LARGEST_BYTES, enter_model, file_facts

NOTE = "These splits were looked at while this was built and calibrated: they are no independent test."
LICENCE = (
    "Weights: MIT as far as they are ours. Learned from GoEmotions (Apache 2.0){carer}{vectors}. A message's emotion "
    "is what readers see in it, not what its writer feels."
)
OF_CARER = " and CARER, which is for research and education: use the weights for these"
OF_VECTORS = "; they began as GloVe word vectors (PDDL 1.0)"


def publish(
    run: Run, dev: LabelledTexts, carer_dev: LabelledTexts | None, *, name: str, folder: Path, default: bool
) -> dict[str, Any]:
    """Calibrate a run's model on GoEmotions' dev split, measure it, and enter it in a manifest.

    Args:
        run: A finished training.
        dev: GoEmotions' dev split; temperature and threshold are fitted on its messages with one label.
        carer_dev: CARER's validation split, which is only measured.
        name: What the model is called from now on.
        folder: Holds manifest.json; the files are copied there.
        default: Whether it is the one that is taken when none is named.

    Returns:
        The manifest entry.

    Raises:
        ModelError: If the ONNX file is larger than 6 MB.
    """
    made = run.artifacts
    size = (made / "model.onnx").stat().st_size
    if size > LARGEST_BYTES:
        raise ModelError(f"{name}: its ONNX file has {size / 1e6:.1f} MB, at most 6 MB serve. Raise least_characters.")
    config = run.config()
    facts = json.loads((made / "model.json").read_text(encoding="utf-8"))
    vocabulary, session = read_vocabulary(made / "vocabulary.json"), open_session(made / "model.onnx", name)
    logits = logits_of(session, vocabulary, [Message.of(text) for text in dev.texts])
    single, labels = dev.single, dev.labels
    temperature = fit_temperature(logits[single], labels[single])
    probabilities = calibrated(logits, "logits", temperature)
    unsure = right_half_the_time(probabilities[single], labels[single])
    figures = {"GoEmotions dev": text_figures(probabilities, dev, unsure)}
    if carer_dev is not None:
        others = logits_of(session, vocabulary, [Message.of(text) for text in carer_dev.texts])
        figures["CARER validation"] = text_figures(calibrated(others, "logits", temperature), carer_dev, unsure)
    folder.mkdir(parents=True, exist_ok=True)
    files = {"onnx": folder / f"{name}.onnx", "vocabulary": folder / f"{name}.json"}
    for made_file, goal in (("model.onnx", files["onnx"]), ("vocabulary.json", files["vocabulary"])):
        shutil.copyfile(made / made_file, goal.with_name(f"{goal.name}.new"))
        os.replace(goal.with_name(f"{goal.name}.new"), goal)
    entry = {
        "name": name,
        "kind": "text",
        "files": {kind: file_facts(path) for kind, path in files.items()},
        "input": {
            "most_characters": MOST_CHARACTERS,
            "most_words": MOST_WORDS,
            "word_grams": list(WORD_GRAMS),
            "character_grams": list(CHARACTER_GRAMS),
        },
        "output": "logits",
        "labels": list(EMOTIONS),
        "temperature": temperature,
        "unsure_below": unsure,
        "parameters": facts["parameters"],
        "figures": figures,
        "figures_note": NOTE,
        **_origin(config),
        "default": default,
    }
    enter_model(folder / "manifest.json", entry)
    return entry


def _origin(config: dict[str, Any]) -> dict[str, str]:
    """Return what a run's model was made from, as the manifest says it."""
    carer, vectors = config.get("carer"), config.get("vectors")
    changed = TextRecipe(**config["recipe"]).model_dump(mode="json", exclude_defaults=True)
    command = f"python -m fer.text train {Path(config['goemotions']).name}"
    command += f" --carer {Path(carer).name}" if carer else ""
    command += f" --vectors {Path(vectors).name}" if vectors else ""
    command += f" --recipe RECIPE, with RECIPE holding {changed}" if changed else ""
    data = "GoEmotions, its official seven-way grouping (joy is our happy)"
    data += "; CARER without love, for the word reader" if carer else ""
    data += "; first word vectors: GloVe 6B, 100 numbers a word" if vectors else ""
    return {
        "data": data,
        "split": "train; temperature and unsure_below fitted on GoEmotions' dev split",
        "licence": LICENCE.format(carer=OF_CARER if carer else "", vectors=OF_VECTORS if vectors else ""),
        "command": command,
    }
