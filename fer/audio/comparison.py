"""Compare models on speakers left out, and beside it what a random split would have claimed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

from fer.audio.corpora import Clips
from fer.audio.describe import Description
from fer.audio.judging import FitPredict, Judged, judge, random_folds, speaker_folds
from fer.audio.models import CANDIDATES, CNN, NETWORK, scikit_model
from fer.audio.table import FeatureTable, feature_table
from fer.errors import InputError

Tell = Callable[[float, str], None]
Stop = Callable[[], bool]


def compare_models(clips: Clips, names: list[str], tell: Tell, stop: Stop) -> Iterator[dict[str, Any]]:
    """Judge one model after the other.

    Args:
        clips: The corpora.
        names: Of ``fer.audio.models.CANDIDATES``.
        tell: Told the share that is done and a sentence.
        stop: Asked between clips and folds.

    Yields:
        ``model``, ``title``, ``seconds`` (learning and answering, all folds), ``figures`` by corpus, and
        ``random_split`` with each corpus's UAR. Ends early once it is stopped.

    Raises:
        InputError: If there is no such model.
    """
    unknown = [name for name in names if name not in CANDIDATES]
    if unknown:
        raise InputError(f"there is no model called {', '.join(unknown)}, only {', '.join(CANDIDATES)}.")
    tables = _tables(clips, names, tell, stop)
    if tables is None:
        return
    grouped, shuffled = speaker_folds(clips), random_folds(clips)
    for number, name in enumerate(names):
        candidate = CANDIDATES[name]
        tell(0.5 + 0.5 * number / len(names), f"Judging: {candidate.title}")
        own = FeatureTable(clips, tables[candidate.description].takes[: candidate.takes])
        model = _model(name)
        began = time.perf_counter()
        judged = _last(judge(own, grouped, model, stop))
        seconds = time.perf_counter() - began
        claimed = _last(judge(own, shuffled, model, stop))
        if judged is None or claimed is None or len(claimed.folds) < len(shuffled):
            return
        yield {
            "model": name,
            "title": candidate.title,
            "seconds": round(seconds, 2),
            "figures": judged.figures(),
            "random_split": {corpus: figures["uar"] for corpus, figures in claimed.figures().items()},
        }


def _tables(clips: Clips, names: list[str], tell: Tell, stop: Stop) -> dict[Description, FeatureTable] | None:
    """Return what the models see, described within the first half of the progress; None once it is stopped."""
    kinds = list(dict.fromkeys(CANDIDATES[name].description for name in names))
    tables: dict[Description, FeatureTable] = {}
    for number, kind in enumerate(kinds):
        takes = max(CANDIDATES[name].takes for name in names if CANDIDATES[name].description == kind)

        def told(share: float, sentence: str, number: int = number) -> None:
            tell(0.5 * (number + share) / len(kinds), sentence)

        table = feature_table(clips, takes, told, stop, kind)
        if table is None:
            return None
        tables[kind] = table
    return tables


def _model(name: str) -> FitPredict:
    if name not in (NETWORK, CNN):
        return scikit_model(CANDIDATES[name])
    from fer.audio.networks import SpeechRecipe
    from fer.audio.training import network_model

    kind: Literal["functionals", "cnn"] = "cnn" if name == CNN else "functionals"
    return network_model(SpeechRecipe(kind=kind, takes=CANDIDATES[name].takes))


def _last(steps: Iterator[Judged]) -> Judged | None:
    found = list(steps)
    return found[-1] if found else None
