"""What was read in many messages: how often each emotion, mood over time, every message, and all of it to take away."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st

from fer.runs.folder import Run
from fer.text.chats import Line
from fer.text.classify import TextClassifier
from fer.text.file_job import SHOWN, FirstMessages, summarize, summary_of
from fer.text.mood import MoodSeries
from fer.text.reading import Reading
from fer.text.report import JsonMessages, Tally, csv_text, read_file
from fer.text.sources import Source
from fer.ui.charts import bars_in_words, emotion_bars, label, mood_over_time, show_chart
from fer.ui.messages import plain
from fer.ui.text_words import message_block
from fer.ui.texts import RESULTS

READ_AT_ONCE = SHOWN


def results_block(file: BinaryIO, source: Source, classifier: TextClassifier, persons: bool, key: str) -> None:
    """Read a small file and show what was found.

    Args:
        file: Seekable, in binary mode.
        source: What it is.
        classifier: What reads.
        persons: Whether persons are kept, as numbers.
        key: Tells one input from another.

    Raises:
        InputError: If the file cannot be read on.
    """
    asked = (key, source, persons)
    kept = st.session_state.get(RESULTS)
    if kept is None or kept[0] != asked:
        tally, mood, first = Tally(), MoodSeries(), FirstMessages(persons)
        found: list[tuple[Line, Reading]] = []
        with st.spinner("Reading"):
            read_file(file, source, classifier, [tally, mood, first, found.extend])
        kept = (asked, summarize(source.name, source.form, tally, mood, first.messages), found)
        st.session_state[RESULTS] = kept
    _, summary, found = kept
    stem = Path(source.name).stem[:80] or "messages"
    show_summary(summary, classifier)
    st.header("Take it with you", anchor=False)
    with st.container(horizontal=True):
        _download("CSV", f"{stem}-emotions.csv", "text/csv", partial(csv_text, found, persons))
        _download("JSON", f"{stem}-emotions.json", "application/json", partial(_json_text, found, persons))


def results_of_file(run: Run) -> None:
    """Show what a worker found in a large file.

    Raises:
        StorageError: If its summary is damaged.
    """
    from fer.text.classify import open_text_classifier

    summary = summary_of(run)
    if summary is None:
        return
    st.header(plain(summary["name"]), anchor=False)
    show_summary(summary, open_text_classifier())
    st.header("Take it with you", anchor=False)
    stem = Path(summary["name"]).stem[:80] or "messages"
    with st.container(horizontal=True):
        for kind, mime in (("csv", "text/csv"), ("json", "application/json")):
            path = run.artifacts / f"messages.{kind}"
            if path.is_file():
                _download(kind.upper(), f"{stem}-emotions.{kind}", mime, partial(path.read_bytes))


def show_summary(summary: dict[str, Any], classifier: TextClassifier) -> None:
    """Show the whole, the course, and the first messages one by one."""
    whole, course = st.columns([3, 5], gap="large")
    with whole:
        st.markdown(f"**{_counted(summary['messages'], 'message')}**")
        st.caption(facts(summary))
        if summary["read"]:
            mean = dict(zip(summary["counts"], summary["mean"], strict=True))
            show_chart(emotion_bars(mean, 250), "text.mean", f"Mean over the messages: {bars_in_words(mean)}")
    with course:
        _mood(summary)
    _messages(summary, classifier)


def facts(summary: dict[str, Any]) -> str:
    """Return in a line how many messages were read, are unsure, and were not read."""
    parts = [f"{summary['read']:,} read", f"{summary['unsure']:,} of them unsure"]
    parts += [
        f"{count:,} not read ({plain(reason.removeprefix('unknown: '))})" for reason, count in summary["unread"].items()
    ]
    return "; ".join(parts)


def _mood(summary: dict[str, Any]) -> None:
    table = summary["mood"]
    if len(table["time_s"]) < 3:
        return
    st.markdown("**Mood over time**")
    timed = table["timed"]
    chart = mood_over_time(table, height_px=300, counted="" if timed else "message")
    show_chart(chart, "text.mood", "Shares of the seven emotions over the messages, as a running mean.")
    when = "Time since the first message" if timed else "In the order of the messages"
    st.caption(f"{when}; a running mean of what is read, so that single messages do not make it jump.")


def _messages(summary: dict[str, Any], classifier: TextClassifier) -> None:
    st.header("Message by message", anchor=False)
    shown: Sequence[dict[str, Any]] = summary["first"]
    if summary["messages"] > len(shown):
        st.caption(f"The first {len(shown):,} of {summary['messages']:,}; the downloads hold all.")
    columns: dict[str, list[Any]] = {}
    if any("time" in one for one in shown):
        columns["Time"] = [one.get("time", "") for one in shown]
    if any("person" in one for one in shown):
        columns["Person"] = [one.get("person") for one in shown]
    columns |= {
        "Emotion": [label(one["emotion"]) if one["emotion"] else "not read" for one in shown],
        "Confidence": [None if one["confidence"] is None else 100 * one["confidence"] for one in shown],
        "Message": [one["text"][:400] for one in shown],
        "Unsure": ["unsure" if one["unsure"] else "" for one in shown],
        "Note": [one.get("note", "").removeprefix("unknown: ") for one in shown],
    }
    if not any(columns["Note"]):
        del columns["Note"]
    chosen = st.dataframe(
        columns, hide_index=True, key="text.table", on_select="rerun", selection_mode="single-row",
        column_config={
            "Confidence": st.column_config.NumberColumn(format="%.0f %%"),
            "Message": st.column_config.TextColumn(width="large"),
        },
    )  # fmt: skip
    rows = chosen.selection.rows
    if rows and rows[0] < len(shown):
        message_block(shown[rows[0]]["text"], classifier, "text.chosen")
    else:
        st.caption("Choose a row to see which of its words say so.")


def _download(name: str, called: str, mime: str, data: partial[Any]) -> None:
    st.download_button(
        f"Download {name}",
        data,
        called,
        mime,
        key=f"text.{name.lower()}",
        icon=":material/download:",
        on_click="ignore",
    )


def _json_text(found: Sequence[tuple[Line, Reading]], persons: bool) -> str:
    out = io.StringIO()
    document = JsonMessages(out, persons)
    document(found)
    document.end()
    return out.getvalue()


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"
