"""The tab Overview: the figures of a model, each with its interval and what it says, and by kinds of pictures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from fer.evaluation.evaluated import Evaluated
from fer.evaluation.groups import LEAST_OF_EMOTION, Group, by_group, masks_of, named_groups, picture_groups
from fer.evaluation.intervals import Interval, overall_intervals
from fer.evaluation.metrics import figures_of
from fer.evaluation.wording import FIGURES, interval_words, number_words
from fer.ui.downloads import download_frame
from fer.ui.evaluate_shown import Shown
from fer.ui.messages import plain, shown_errors

if TYPE_CHECKING:
    import pandas as pd


RECALL_NOTE = f"Emotions with fewer than {LEAST_OF_EMOTION} faces in a group are left out of its mean recall."


def show_tab(shown: Shown) -> None:
    """Show the tab."""
    one = shown.evaluated
    _heading(one)
    found = shown.once("overall", lambda: overall_intervals(one.probabilities, one.labels), "Drawing faces anew")
    single = _without_twins(one)
    st.html(f'<dl class="cm-figures">{"".join(_cards(one, found, single))}</dl>')
    st.caption(
        "Small: the range in which a figure lies for 95 of 100 other draws of as many faces (bootstrap). "
        + (f"Without twins: {len(one.part) - single['n']:,} faces stand in Training, too." if single else "")
    )
    download_frame(lambda: figures_table(one, found, single), "figures.csv", "evaluate.figures_csv", index=False)
    _groups(shown)
    with shown_errors():
        _named_groups(shown)


def _heading(one: Evaluated) -> None:
    st.subheader(f"{plain(one.name)} on {len(one.part):,} faces", anchor=False)
    for note in one.notes:
        st.caption(plain(note))


def _without_twins(one: Evaluated) -> dict[str, float] | None:
    single = one.part.single
    return None if single is None else figures_of(one.probabilities[single], one.labels[single], one.unsure_below)


def _cards(one: Evaluated, found: dict[str, Interval], single: dict[str, float] | None) -> list[str]:
    cards = []
    for name, text in FIGURES.items():
        if name not in found:
            cards.append(_card(text.title, "–", "not defined: one class throughout", text.says))
            continue
        value = found[name]
        small = f"{number_words(name, value.low)} to {number_words(name, value.high)}"
        if single is not None and name in single:
            small += f"; without twins {number_words(name, single[name])}"
        cards.append(_card(text.title, number_words(name, value.value), small, text.says))
    small = "a face, on one core, 32 at a time"
    return [*cards, _card("Time", f"{one.ms_per_face:.2f}\u00a0ms", small, "What the network takes on this computer.")]


def _card(title: str, value: str, small: str, says: str) -> str:
    return (
        f"<div><dt>{escape(title)}</dt><dd><strong>{value}</strong>"
        f'<span class="cm-small">{escape(small)}</span><span>{escape(says)}</span></dd></div>'
    )


def figures_table(one: Evaluated, found: dict[str, Interval], single: dict[str, float] | None) -> pd.DataFrame:
    """Return the figures as a table: figure, value, low, high, without twins."""
    import pandas as pd

    lines: list[tuple[str, float, float | None, float | None, float | None]] = [
        (name, value.value, value.low, value.high, None if single is None else single.get(name))
        for name, value in found.items()
    ]
    lines.append(("ms_per_face", one.ms_per_face, None, None, None))
    return pd.DataFrame(lines, columns=["figure", "value", "low", "high", "without_twins"]).round(4)


def _groups(shown: Shown) -> None:
    one = shown.evaluated
    masks = shown.held.once(
        f"evaluate.groups {one.part.usage}", lambda: picture_groups(one.faces), "Measuring pictures"
    )
    if not masks:
        return
    st.subheader("By kind of picture", anchor=False)
    st.markdown(
        "Each is a tenth of these faces, measured on the pictures. The data says nothing about the people in it, so "
        "there are no figures by age, sex or skin; that does not mean that the model treats all alike. "
        f"{RECALL_NOTE}"
    )
    groups = shown.once("by_group", lambda: by_group(one, masks))
    st.dataframe(group_rows(groups), hide_index=True, key="evaluate.groups")


def _named_groups(shown: Shown) -> None:
    one, held = shown.evaluated, shown.held
    with st.expander("By groups of your own"):
        st.markdown(
            "Do you know more about these faces: who was filmed where, with which camera, how old they are? Write it "
            f"into a CSV with a column **group** and {len(held.faces):,} rows, one for each face in the data set's "
            "order; an empty cell is in no group. It is read in memory and kept nowhere."
        )
        upload = st.file_uploader("Groups", type=["csv"], key="evaluate.groups_file")
        if upload is None:
            return
        groups = named_groups(upload.getvalue(), upload.name, len(held.faces))
        found = by_group(one, masks_of(groups[one.part.rows]))
        if not found:
            st.info("None of these faces is in a group.")
            return
        st.dataframe(group_rows(found), hide_index=True, key="evaluate.named_groups")
        st.caption(
            "Groups whose intervals overlap may well be read equally well; of a few faces next to nothing can be said. "
            + RECALL_NOTE
        )


def group_rows(groups: list[Group]) -> dict[str, list[str | int]]:
    """Return the groups as columns of a table for the screen."""
    return {
        "Pictures": [group.name for group in groups],
        "Faces": [group.n for group in groups],
        "Accuracy": [interval_words("accuracy", group.accuracy) for group in groups],
        "Mean recall": [interval_words("recall", group.recall) if group.recall else "–" for group in groups],
        "The same emotions, all faces": [
            number_words("recall", group.recall_of_all) if group.recall else "–" for group in groups
        ],
    }
