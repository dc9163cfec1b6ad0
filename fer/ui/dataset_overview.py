"""The tab Overview: what the data set holds, in sentences, a chart, and as people know it from pandas."""

from __future__ import annotations

import io
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.finding import KINDS
from fer.dataset.problems import problems_as_csv
from fer.dataset.statistics import Imbalance, class_counts, imbalance
from fer.emotions import EMOTIONS
from fer.ui.charts import show_chart
from fer.ui.dataset_charts import class_bars
from fer.ui.dataset_findings import findings_of
from fer.ui.dataset_held import Held
from fer.ui.downloads import download_frame, download_made
from fer.ui.face_grid import picture_url
from fer.ui.messages import plain

if TYPE_CHECKING:
    import pandas as pd

FEW = 5
MOST_PROBLEMS = 8
SHOWN_PIXELS = 12


def show_tab(held: Held) -> None:
    """Show the tab."""
    _classes(held)
    _found(held)
    _problems(held)
    _as_pandas(held.faces)


def _classes(held: Held) -> None:
    st.subheader("Faces of each emotion", anchor=False)
    counts = held.once("class_counts", lambda: class_counts(held.faces))
    uneven = imbalance(held.faces.labels)
    st.markdown(imbalance_words(uneven))
    words = ", ".join(f"{name} {count:,}" for name, count in counts["all"].items())
    show_chart(class_bars(counts), "dataset.classes", f"Faces of each emotion: {words}")
    splits = [usage for usage in USAGES if usage in counts]
    if len(splits) > 1:
        st.caption(f"From dark to pale: {', '.join(splits)}.")
    shown = counts.rename(columns={"all": "All", "all share": "All share"})
    shares = [name for name in shown.columns if name.endswith("share")]
    shown[shares] = 100 * shown[shares]
    percent = {name: st.column_config.NumberColumn(name.replace("share", "%"), format="%.1f %%") for name in shares}
    st.dataframe(shown, column_config=percent, key="dataset.class_table")
    download_frame(lambda: counts, "classes.csv", "dataset.classes_csv")


def imbalance_words(uneven: Imbalance) -> str:
    """Return in a sentence or two how unequal the classes are.

    >>> imbalance_words(Imbalance(3.0, 0.29, "happy", "sad", (), 0.75))
    'The largest class, happy, has 3.0 faces for each one of sad. Always answering happy would be right in 75.0 %.'
    """
    gone = f" There are no faces of {', '.join(uneven.missing)}." if uneven.missing else ""
    if uneven.ratio <= 1.05:
        return f"All classes that are there are about equally large.{gone}"
    return (
        f"The largest class, {uneven.largest}, has {uneven.ratio:.1f} faces for each one of {uneven.smallest}. "
        f"Always answering {uneven.largest} would be right in {100 * uneven.always_largest:.1f} %.{gone}"
    )


def _found(held: Held) -> None:
    findings = findings_of(held)
    st.subheader("What the checks found", anchor=False)
    rows = [(kind, count) for kind, count in findings.counts().items() if count["findings"]]
    if not rows:
        st.markdown("The quick checks found nothing: no identical images, none blank.")
    st.markdown("\n".join(f"- **{KINDS[kind].title}**: {_images(count['images'])}. {KINDS[kind].meaning}"
                          for kind, count in rows))  # fmt: skip
    st.caption("The tab Checks shows each, looks deeper, and writes a list of what to leave out.")


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _problems(held: Held) -> None:
    problems = held.opened.problems
    if not problems:
        return
    st.subheader("What could not be read", anchor=False)
    kinds = Counter(problem.kind for problem in problems)
    counted = ", ".join(f"{count:,} × {kind.replace('_', ' ')}" for kind, count in kinds.most_common())
    st.markdown(f"{len(problems):,} rows or files are left out or read otherwise than they stand: {plain(counted)}.")
    lines = [f"- {plain(problem.message)}" for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        lines.append(f"- and {len(problems) - MOST_PROBLEMS:,} more: the download has them all")
    st.markdown("\n".join(lines))
    download_made(lambda: problems_as_csv(problems), "problems.csv", "dataset.problems_csv", "All as CSV", "text/csv")


def _as_pandas(faces: FaceSet) -> None:
    st.subheader("As in pandas", anchor=False)
    for name, rows in (
        ("head()", range(min(FEW, len(faces)))),
        ("tail()", range(max(0, len(faces) - FEW), len(faces))),
    ):
        st.markdown(f"`{name}`")
        st.dataframe(
            row_table(faces, list(rows)),
            column_config={"face": st.column_config.ImageColumn("face", width="small")},
            key=f"dataset.{name[:4]}",
            row_height=56,
        )
    st.markdown("`info()`")
    st.code(info_text(faces), language=None)


def row_table(faces: FaceSet, rows: list[int]) -> pd.DataFrame:
    """Return some rows as the CSV has them, with the picture and where they come from."""
    import pandas as pd

    table = {
        "face": [picture_url(faces.images[row]) for row in rows],
        "source": [str(faces.source[row]) for row in rows],
        "emotion": [f"{faces.labels[row]} {EMOTIONS[faces.labels[row]]}" for row in rows],
        "pixels": [f"{' '.join(map(str, faces.images[row].ravel()[:SHOWN_PIXELS]))} …" for row in rows],
        "Usage": [USAGES[faces.usage[row]] for row in rows],
    }
    return pd.DataFrame(table, index=rows)


def info_text(faces: FaceSet) -> str:
    """Return what ``DataFrame.info()`` says of the good rows, as pandas would hold them."""
    import pandas as pd

    frame = pd.DataFrame({
        "emotion": np.asarray(faces.labels),
        "pixels": pd.Series(list(faces.images), dtype=object),
        "Usage": pd.Categorical(np.array(USAGES)[faces.usage], categories=list(USAGES)),
        "source": faces.source.astype(object),
    })  # fmt: skip
    if faces.votes is not None:
        for place, name in enumerate(EMOTIONS):
            frame[f"FER+ {name}"] = faces.votes[:, place]
    out = io.StringIO()
    frame.info(buf=out)
    return f"{out.getvalue()}each pixels: array of 48 × 48, uint8, from 0 (black) to 255 (white)"
