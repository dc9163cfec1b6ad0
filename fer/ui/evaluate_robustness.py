"""The tab Robustness: what is left of the accuracy when pictures get worse, of one model against another."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.evaluation.bearing import RobustnessConfig, new_robustness_run
from fer.evaluation.changes import CHANGES
from fer.evaluation.evaluated import Evaluated
from fer.evaluation.robustness import FACES, Asked, Borne, in_short, known_robustness, robustness_as_json
from fer.ui.bearing_charts import bearing_chart, bearing_words, legend_html
from fer.ui.charts import show_chart
from fer.ui.dataset_eigenfaces import pictures_html
from fer.ui.dataset_work import worked_out
from fer.ui.downloads import download_frame
from fer.ui.evaluate_shown import Shown, time_words
from fer.ui.messages import plain, shown_errors

if TYPE_CHECKING:
    import pandas as pd

UInt8Array = npt.NDArray[np.uint8]

SIZES = (200, FACES, 2_000)
STEPS = sum(len(change.steps) for change in CHANGES)
COLUMNS = 3

Measured = dict[str, list[Borne]]
"""By model."""


def show_tab(shown: Shown) -> None:
    """Show the tab.

    Raises:
        FerError: If a result cannot be read or a room cannot be written.
    """
    st.markdown(
        f"Real lessons have small, dark, blurred and half-covered faces. Here the same faces get worse in "
        f"{len(CHANGES)} ways, step by step, and each model names them again."
    )
    n = len(shown.evaluated.part)
    sizes = [size for size in SIZES if size < n]
    most = st.segmented_control(
        "Faces", [*sizes, n], default=FACES if n > FACES else n, required=True,
        format_func=lambda size: f"all {n:,}" if size == n else f"{size:,}", key="evaluate.robust_faces",
        help="More faces, narrower intervals: by chance, each emotion with its share, the same for every model.",
    )  # fmt: skip
    measured: Measured = {}
    for one in shown.models:
        with shown_errors():
            found = _of_model(shown, one, most)
            if found is not None:
                measured[one.name] = found
    if measured:
        _results(shown, measured)


def _of_model(shown: Shown, one: Evaluated, most: int) -> list[Borne] | None:
    held, usage, name = shown.held, one.part.usage, one.name
    asked = Asked(one.model.digest, usage, most)
    token = hashlib.sha256(f"{one.model.digest} {usage} {most}".encode()).hexdigest()[:12]
    known = held.renewed(
        f"evaluate.robust {token}",
        lambda: known_robustness(asked, held.origin, held.opened),
        "Opening what was measured",
    )
    config = RobustnessConfig(origin=held.origin, model=one.model.asked, usage=usage, faces=most)
    worked_out(
        held, f"robustness_{token}", known is not None, lambda: new_robustness_run(config),
        f"**{plain(name)}** is asked about {most:,} faces {STEPS} times, in the background: "
        f"{time_words(one, most * STEPS)}. Stopped, it keeps what was done.",
        f"Measure {plain(name)}", key=f"dataset.begin_robustness_{name}",
    )  # fmt: skip
    return known


def _results(shown: Shown, measured: Measured) -> None:
    for name, found in measured.items():
        st.markdown(summary(name, found))
    if len(measured) > 1:
        st.html(legend_html(list(measured)))
    examples = shown.once("robust_examples", lambda: examples_of(shown))
    for first in range(0, len(CHANGES), COLUMNS):
        for place, column in enumerate(st.columns(COLUMNS, gap="medium")):
            if first + place < len(CHANGES):
                with column:
                    _one(first + place, measured, examples)
    n = next(iter(measured.values()))[0].n
    st.caption(
        f"Measured on {n:,} faces; bars are 95 % intervals (Wilson). All models saw the same changed faces, so a "
        "difference between them is surer than the bars say. Mask, hand and glasses are drawn where such faces usually "
        "have mouth and eyes; real ones differ."
    )
    download_frame(lambda: bearing_table(measured), "robustness.csv", "evaluate.robust_csv", index=False)


def _one(place: int, measured: Measured, examples: list[list[UInt8Array]]) -> None:
    change = CHANGES[place]
    st.markdown(f"**{change.title}**")
    curves = {name: found[place] for name, found in measured.items()}
    show_chart(bearing_chart(change, curves), f"evaluate.robust_{change.name}", bearing_words(change, curves))
    words = list(change.words)
    st.html(pictures_html(list(zip(examples[place], words, strict=True)), f"repeat({len(words)},minmax(0,1fr))"))


def examples_of(shown: Shown) -> list[list[UInt8Array]]:
    """Return one face at every step of every change: the surest that the model names rightly, as it is."""
    evaluated = shown.evaluated
    place = int((evaluated.confidence * (evaluated.right + 0.01)).argmax())
    face = np.array(evaluated.faces.images[place : place + 1])
    return [[change.apply(face, step)[0] for step in range(len(change.steps))] for change in CHANGES]


def summary(name: str, found: list[Borne]) -> str:
    """Return in a sentence what costs a model most and what least."""
    ranked = in_short(found)

    def told(part: list[tuple[str, float]]) -> str:
        return ", ".join(f"{title.lower()} {-100 * lost:+.0f}".replace("-", "\u2212") for title, lost in part)

    return (
        f"**{plain(name)}**, {found[0].accuracy[0]:.1%} right as they are. Points lost on average over the steps: most "
        f"by {told(ranked[:3])}; least by {told(ranked[-3:])}."
    )


def bearing_table(measured: Measured) -> pd.DataFrame:
    """Return one row a model, change and step: right, accuracy, low and high."""
    import pandas as pd

    return pd.DataFrame([
        {"model": name, "n": found[0].n, "change": change["change"], **step}
        for name, found in measured.items()
        for change in robustness_as_json(found)
        for step in change["steps"]
    ])  # fmt: skip
