"""How good the speech model is, honestly: speakers left out, what a random split would claim, and the law."""

from __future__ import annotations

from typing import Any

import streamlit as st

from fer.emotions import EMOTIONS
from fer.registry import ModelEntry, find
from fer.ui.charts import label
from fer.ui.messages import plain

TITLES = {"ravdess": "RAVDESS (English)", "emodb": "EmoDB (German)"}
LAW = (
    "**Know the law.** A voice counts as biometric data. In the European Union, inferring emotions from it is "
    "prohibited at school, at university and at work, except for medical or safety reasons, and consent does not "
    "change that ([AI Act, Art. 5(1)(f)](https://artificialintelligenceact.eu/article/5/)); elsewhere people must be "
    "told. Try it on your own voice, or on the sample. This is no legal advice."
)


def judged_block() -> None:
    """Show the law's note, and what is known of the model's accuracy behind a fold.

    Raises:
        ModelError: If there is no speech model.
    """
    st.caption(LAW)
    entry = find(kind="speech")
    with st.expander("How good it is, and what it learned from"):
        st.markdown(in_words(entry))
        rows = recall_rows(entry.figures)
        percent = {name: st.column_config.NumberColumn(format="%.0f %%") for name in rows if name != "Corpus"}
        st.dataframe(rows, hide_index=True, column_config=percent, key="speech.judged.recall")
        st.caption("Of the clips of each emotion, the share that is recognised, with the speaker left out.")
        st.markdown(
            f"Data: {plain(entry.data)}; {plain(entry.split)}.\n\nLicence of the model: {plain(entry.licence)}."
        )


def in_words(entry: ModelEntry) -> str:
    """Return a model's figures as Markdown."""
    lines = [
        f"The model **{plain(entry.name)}** was judged on speakers that it had not heard: each was left out in turn. "
        "The figure is the mean of the emotions' recalls (UAR); guessing gives 14 %. People who judge RAVDESS by ear "
        "alone reach about 62 %.\n"
    ]
    for corpus, figures in corpora_of(entry.figures).items():
        lines.append(
            f"- **{TITLES.get(corpus, plain(corpus))}: {_percent(figures['uar'])}** "
            f"(± {100 * figures['uar_deviation']:.0f} over the folds, {figures['speakers']} speakers); the plain "
            f"baseline {_percent(figures['baseline_uar'])}. A random split of the clips would claim "
            f"{_percent(figures['random_split_uar'])}."
        )
    lines.append(
        "\nWhy the random split is wrong: it puts sentences of one speaker into both halves, so the model may "
        "recognise the speaker instead of the emotion. A new voice, like yours, is never in the training half. Both "
        "corpora are *acted*; everyday speech shows less and is read worse."
    )
    return "\n".join(lines)


def corpora_of(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the figures of each corpus by its name."""
    end = ", speakers left out"
    return {name.removesuffix(end): found for name, found in figures.items() if name.endswith(end) and "uar" in found}


def recall_rows(figures: dict[str, Any]) -> dict[str, list[Any]]:
    """Return a table: a row a corpus, a column an emotion, in percent; None where a corpus lacks an emotion."""
    found = corpora_of(figures)
    table: dict[str, list[Any]] = {"Corpus": [TITLES.get(corpus, corpus) for corpus in found]}
    for name in EMOTIONS:
        recalls = [values["recall"][name] for values in found.values()]
        table[label(name)] = [None if recall is None else 100 * recall for recall in recalls]
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.1f}\u00a0%"
