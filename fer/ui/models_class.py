"""A class's minutes beside the scores of a quiz that the teacher brings: both together, with a caution."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

import streamlit as st

from fer.regression.cells import numbers_of
from fer.regression.class_scores import CAUTION, Correlation, correlations, join_scores, score_columns
from fer.regression.tables import Table, pasted, read_table
from fer.ui.buttons import button_clicked
from fer.ui.charts import show_chart
from fer.ui.models import take_table
from fer.ui.models_charts import point_chart, short

EXAMPLE_CLASS = "t_s,present,engagement,happy,neutral,topic\n" + "".join(
    f"{60 * minute},{18 + minute % 3},{engagement},{happy},{0.9 - happy:.2f},{topic}\n"
    for minute, (engagement, happy, topic) in enumerate(
        [
            (0.71, 0.34, "Warm-up"), (0.74, 0.36, "Warm-up"), (0.66, 0.25, "Fractions"), (0.61, 0.22, "Fractions"),
            (0.55, 0.18, "Percentages"), (0.52, 0.17, "Percentages"), (0.63, 0.24, "Interest"),
            (0.65, 0.27, "Interest"), (0.44, 0.12, "Compound interest"), (0.41, 0.11, "Compound interest"),
            (0.58, 0.23, "Review"), (0.62, 0.26, "Review"),
        ]
    )
)  # fmt: skip
EXAMPLE_SCORES = (
    "topic;score\nWarm-up;0,92\nFractions;0,78\nPercentages;0,74\nInterest;0,71\nCompound interest;0,48\nReview;0,8\n"
)


def class_block() -> None:
    """Join a class's export with scores, and show what goes together."""
    st.warning(CAUTION)
    st.markdown(
        "Bring the CSV of a class's report (Class or Past classes, after the class) and a table of quiz results: a "
        "column **score**, and **topic** or **minute** for what each question was about. Nobody's name is needed; a "
        "class's numbers are means of five people or more (three at least, where the teacher set that)."
    )
    left, right = st.columns(2, gap="large")
    minutes = left.file_uploader("The class's CSV", type=["csv"], key="models.class_file")
    scores = right.file_uploader("Quiz results (CSV or Excel)", key="models.scores_file")
    if minutes is None or scores is None:
        if not st.toggle("Show an invented class", key="models.class_example"):
            return
        both = pasted(EXAMPLE_CLASS, "an invented class"), pasted(EXAMPLE_SCORES, "its quiz")
    else:
        both = _table(minutes), _table(scores)
    names, called = score_columns(both[1])
    chosen = None
    if called and len(names) > 1:
        chosen = st.selectbox("Scores", names, key="models.class_score")
    # Another file may have come since it was chosen.
    joined, score = join_scores(*both, chosen if chosen in names else None)
    found = correlations(joined, score)
    _shown(joined, score, found)
    if button_clicked("Use it as the table of all blocks", key="models.class_use", icon=":material/table:"):
        take_table(joined, f"class:{hash(joined.frame.to_csv())}")
        st.toast("Data has it now.", icon=":material/check:")
    st.caption("The models need at least ten rows; with a handful any of them is a guess.")


def _table(upload: Any) -> Table:
    return read_table(cast("BinaryIO", upload), upload.name)


def _shown(joined: Table, score: str, found: list[Correlation]) -> None:
    key = str(joined.frame.columns[0])
    st.dataframe(joined.frame, hide_index=True, key="models.class_rows")
    if not found:
        st.info("None of the class's numbers changes enough to go together with anything.")
        return
    name = st.selectbox("The class's", [one.column for one in found], key="models.class_column")
    one = next(one for one in found if one.column == name)
    figure = point_chart(numbers_of(joined.frame[name]), numbers_of(joined.frame[score]), name, score, 360, 10)
    labels = [short(str(text), 18) for text in joined.frame[key]]
    figure.data[0].update(mode="markers+text", text=labels, textposition="top center")
    values = numbers_of(joined.frame[name])
    # Room for the names of the outermost points.
    room = 0.3 * float(values.max() - values.min())
    figure.update_xaxes(range=[float(values.min()) - room, float(values.max()) + room])
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_chart(figure, "models.class_chart", f"{score} over {name}: correlation {one.r:.2f} over {one.pairs} rows")
    with right:
        st.metric("Correlation (Pearson's r)", f"{one.r:+.2f}")
        st.caption(f"95 %: {one.low:+.2f} to {one.high:+.2f}, over {one.pairs} rows")
        st.metric("By rank (Spearman)", f"{one.rank:+.2f}")
        if one.low <= 0 <= one.high:
            st.markdown(f"With {one.pairs} rows, **no connection at all** is within the interval.")
        if key == "minute":
            st.caption(
                "The interval takes minutes for independent, and a minute is much like the one before: it is too "
                "narrow. Joined by topic it is nearer to the truth."
            )
        st.caption(
            f"Of {len(found)} numbers of the class you look at the one you chose: the largest of many is often chance."
        )
