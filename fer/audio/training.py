"""Train the speech network, judge it on speakers left out, and publish it with these figures.

The network that ships learned from all speakers; its figures are those of the folds, in which every clip is answered by
a network that never heard its speaker. Nobody can measure the shipped one on these corpora any more: it knows them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer.audio.corpora import Clips
from fer.audio.frames import RATE_HZ
from fer.audio.judging import FOLDS, FitPredict, Judged, judge, random_folds, speaker_folds, uar
from fer.audio.models import CANDIDATES, scikit_model
from fer.audio.networks import SpeechRecipe, fit_network, log_probabilities
from fer.audio.table import FeatureTable, feature_table
from fer.emotions import EMOTIONS
from fer.errors import DataError, ModelError
from fer.evaluation.metrics import expected_calibration_error, fit_temperature, right_half_the_time
from fer.faces.classify import calibrated
from fer.runs.files import replace_text

FloatArray = npt.NDArray[np.float32]
LabelArray = npt.NDArray[np.int64]
Tell = Callable[[float, str], None]
Stop = Callable[[], bool]

OPSET = 17
LARGEST_BYTES = 6_000_000
SAME = 1e-3
"""The exported network's probabilities may differ from Keras's by this much: half precision in the file."""
LICENCE = (
    "CC BY-NC-SA 4.0, non-commercial use only: learned from RAVDESS (Livingstone & Russo 2018, CC BY-NC-SA 4.0) and "
    "EmoDB (Burkhardt et al. 2005, free to use with citation)"
)
SPLIT = (
    "all speakers; figures, temperature and unsure_below are of five folds with speakers left out. Calm counts as "
    "neutral, boredom is left out, EmoDB has no surprise"
)


def network_model(recipe: SpeechRecipe) -> FitPredict:
    """Return our network as ``fer.audio.judging.judge`` takes it."""

    def fit_predict(rows: FloatArray, emotions: LabelArray, asked: FloatArray) -> FloatArray:
        return log_probabilities(fit_network(rows, emotions, recipe), asked)

    return fit_predict


def train_and_publish(
    clips: Clips,
    recipe: SpeechRecipe,
    *,
    name: str,
    folder: Path,
    command: str,
    default: bool = False,
    folds: int = FOLDS,
    tell: Tell | None = None,
    stop: Stop | None = None,
    keep: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any] | None:
    """Judge the network by folds, fit it on all speakers, export it, and enter it in a manifest.

    Args:
        clips: All that there are.
        recipe: How the network learns.
        name: What the model is called.
        folder: Holds manifest.json; the file is written there.
        command: What made it, for the manifest.
        default: Whether it is taken when no speech model is named.
        folds: In so many groups speakers are left out.
        tell: Told the share that is done and a sentence.
        stop: Asked between folds.
        keep: Told the figures so far.

    Returns:
        The manifest entry; None when it was stopped.

    Raises:
        DataError: If an emotion has no clip, or a corpus too few speakers.
        ModelError: If the export answers otherwise than Keras does, or is larger than 6 MB.
    """
    _check(clips)
    say = tell or (lambda share, sentence: None)
    halt = stop or (lambda: False)
    table = feature_table(
        clips, recipe.takes, lambda share, sentence: say(0.4 * share, sentence), halt, recipe.description
    )
    if table is None:
        return None
    judged = _judged(table, speaker_folds(clips, folds), recipe, say, halt, (0.4, 0.65), "speakers left out")
    claimed = _judged(
        table, random_folds(clips, folds), recipe, say, halt, (0.65, 0.9), "a random split, which misleads"
    )
    if judged is None or claimed is None:
        return None
    figures = figures_of(judged, claimed, baseline_of(clips, folds))
    if keep is not None:
        keep(figures)
    say(0.9, "Learning from all speakers")
    rows = np.concatenate(list(table.takes))
    network = fit_network(rows, np.tile(clips.emotions, recipe.takes), recipe)
    facts = {"data": _data(clips), "split": SPLIT, "licence": LICENCE, "command": command, "default": default}
    facts["input"] = {"rate_hz": RATE_HZ, "functionals": rows.shape[1], "description": recipe.description}
    return publish(network, table.takes[0], judged, figures, facts, name=name, folder=folder)


def _check(clips: Clips) -> None:
    missing = [name for index, name in enumerate(EMOTIONS) if not (clips.emotions == index).any()]
    if missing:
        raise DataError(
            f"no clip is {', '.join(missing)}: a model of the seven emotions cannot be trained. Put RAVDESS, which has "
            "all of them, into the folder."
        )
    for corpus in np.unique(clips.corpora):
        count = len(np.unique(clips.speakers[clips.corpora == corpus]))
        if count < 2:
            raise DataError(f"{corpus} has {count} speaker here; at least 2 are needed to leave one out.")


def _judged(
    table: FeatureTable,
    folds: LabelArray,
    recipe: SpeechRecipe,
    say: Tell,
    halt: Stop,
    span: tuple[float, float],
    what: str,
) -> Judged | None:
    last: Judged | None = None
    count = len(np.unique(folds))
    for number, judged in enumerate(judge(table, folds, network_model(recipe), halt), 1):
        last = judged
        share = span[0] + (span[1] - span[0]) * number / count
        say(share, f"Fold {number} of {count}, {what}")
    return last if last is not None and len(last.folds) == len(folds) else None


def baseline_of(clips: Clips, folds: int = FOLDS) -> dict[str, float]:
    """Return the plain baseline's UAR on the same folds, by corpus."""
    plain = feature_table(clips, 1)
    assert plain is not None  # it is not stopped
    *_, last = judge(plain, speaker_folds(clips, folds), scikit_model(CANDIDATES["baseline"]))
    return {corpus: figures["uar"] for corpus, figures in last.figures().items()}


def figures_of(judged: Judged, claimed: Judged, baseline: dict[str, float]) -> dict[str, Any]:
    """Return the manifest's figures: each corpus, what a random split would have claimed, and the baseline."""
    found = {}
    for corpus, figures in judged.figures().items():
        chosen = claimed.clips.corpora == corpus
        truth, guess = claimed.clips.emotions[chosen], claimed.scores[chosen].argmax(axis=1)
        found[f"{corpus}, speakers left out"] = {
            **figures,
            "baseline_uar": baseline[corpus],
            "random_split_uar": round(uar(truth, guess), 4),
        }
    return found


def publish(
    network: keras.Model,
    rows: FloatArray,
    judged: Judged,
    figures: dict[str, Any],
    facts: dict[str, Any],
    *,
    name: str,
    folder: Path,
) -> dict[str, Any]:
    """Export a network, calibrate it by what the folds answered, and enter it in a manifest.

    Args:
        network: Fitted on all speakers.
        rows: Functionals to compare the export on.
        judged: What the folds' networks answered about speakers left out.
        figures: Of ``figures_of``.
        facts: ``input``, ``data``, ``split``, ``licence``, ``command`` and ``default``.
        name: What the model is called.
        folder: Holds manifest.json.

    Raises:
        ModelError: If the export answers otherwise than Keras does, or is larger than 6 MB.
    """
    labels = judged.clips.emotions
    temperature = fit_temperature(judged.scores, labels)
    probabilities = calibrated(judged.scores, "logits", temperature)
    unsure = right_half_the_time(probabilities, labels)
    sure = probabilities.max(axis=1) >= unsure
    folder.mkdir(parents=True, exist_ok=True)
    new, path = folder / f"{name}.onnx.new", folder / f"{name}.onnx"
    try:
        export_onnx(network, new)
        _check_export(network, new, rows, name)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
    data = path.read_bytes()
    entry = {
        "name": name,
        "kind": "speech",
        "files": {"onnx": {"path": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}},
        "output": "logits",
        "labels": list(EMOTIONS),
        "temperature": temperature,
        "unsure_below": unsure,
        "parameters": int(network.count_params()),
        "figures": {
            **figures,
            "calibration, speakers left out": {
                "ece": round(expected_calibration_error(probabilities, labels), 4),
                "unsure": round(float(1 - sure.mean()), 4),
                # None where it is never sure: a mean of nothing is no number, and JSON has none for it.
                "accuracy_when_sure": (
                    round(float((probabilities.argmax(axis=1) == labels)[sure].mean()), 4) if sure.any() else None
                ),
            },
        },
        **facts,
    }
    _enter(folder / "manifest.json", entry)
    return entry


def export_onnx(network: keras.Model, path: Path) -> None:
    """Write a network as ONNX with a free batch size and weights in half precision: half the size, the same answers."""
    import onnx
    import tensorflow as tf
    import tf2onnx
    from onnx import numpy_helper

    shape = (None, *network.input_shape[1:])

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="functionals")])  # type: ignore[untyped-decorator]
    def forward(functionals: Any) -> Any:
        return network(functionals, training=False)

    model, _ = tf2onnx.convert.from_function(forward, input_signature=forward.input_signature, opset=OPSET)
    for number, weights in enumerate(model.graph.initializer):
        values = numpy_helper.to_array(weights)
        if values.dtype == np.float32 and values.size > 4096:
            # Only stored in half precision: a Cast gives the network its single precision back.
            half = numpy_helper.from_array(values.astype(np.float16), f"{weights.name}_half")
            cast = onnx.helper.make_node("Cast", [half.name], [weights.name], to=onnx.TensorProto.FLOAT)
            model.graph.node.insert(0, cast)
            model.graph.initializer[number].CopyFrom(half)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _check_export(network: keras.Model, path: Path, rows: FloatArray, name: str) -> None:
    import onnxruntime

    if (size := path.stat().st_size) > LARGEST_BYTES:
        raise ModelError(f"{name}: its ONNX file has {size / 1e6:.1f} MB, at most 6 MB serve. Take a smaller network.")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ours: Any = session.run(None, {session.get_inputs()[0].name: rows})[0]
    theirs = log_probabilities(network, rows)
    gap = float(np.abs(calibrated(ours, "logits", 1.0) - calibrated(theirs, "logits", 1.0)).max())
    if not gap <= SAME:
        raise ModelError(f"{name}: ONNX Runtime and Keras differ by {gap:.2g}, more than {SAME:g}. Not published.")


def _data(clips: Clips) -> str:
    parts = []
    for corpus, title in (("ravdess", "RAVDESS speech"), ("emodb", "EmoDB")):
        chosen = clips.corpora == corpus
        if chosen.any():
            parts.append(f"{title} ({int(chosen.sum()):,} clips of {len(np.unique(clips.speakers[chosen]))} speakers)")
    return " and ".join(parts)


def _enter(path: Path, entry: dict[str, Any]) -> None:
    document: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"schema": 1, "models": []}
    )
    others = [other for other in document["models"] if other["name"] != entry["name"]]
    if entry["default"]:
        others = [{**other, "default": False} if other["kind"] == entry["kind"] else other for other in others]
    document["models"] = [*others, entry]
    replace_text(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
