"""What was heard in a recording: the whole, over time, and all of it as a table to take away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.audio.pipeline import Heard, Speech
from fer.audio.read import Sound
from fer.audio.report import csv_text, speech_rows
from fer.audio.spectra import wav_of
from fer.audio.windows import STEP_S
from fer.emotions import EMOTIONS
from fer.faces.video import clock
from fer.ui.charts import Span, bars_in_words, emotion_bars, label, mood_over_time, show_chart, track_strips
from fer.ui.messages import plain

FloatArray = npt.NDArray[np.float64]
Result = Speech | tuple[str, str]
"""What was heard, or a name and why nothing was."""
UNSURE = "It is unsure: single sentences with so low a confidence were heard wrong more often than right."
"""The threshold was fitted on single sentences; how often means over many are wrong was not measured."""


def show_speech(speech: Speech, sound: Sound | None, number: int) -> None:
    """Show one recording.

    Args:
        speech: What was heard in it.
        sound: What is played; None plays nothing.
        number: Its place on the page.
    """
    st.header(plain(speech.name), anchor=False)
    st.caption(
        f"{clock(speech.duration_s)} long, {speech.speech_s:.1f} s of it speech, {_count(len(speech.windows))} heard "
        f"by {plain(speech.model)}"
    )
    for note in speech.notes:
        st.info(plain(note))
    told, bars = st.columns([1, 1], gap="medium")
    document = speech.as_json()
    with told:
        if sound is not None:
            st.audio(wav_of(sound.samples), format="audio/wav")
            if sound.begins_s + sound.duration_s < speech.duration_s - 1:
                st.caption(f"Played here: the first {sound.duration_s:.0f} seconds.")
        st.markdown(f"**{answer(document['emotion'], document['confidence'], document['unsure'])}**")
        st.markdown(
            "This is what the voice *sounds like* to a network that learned from actors, not what somebody feels."
            + (f" {UNSURE}" if document["unsure"] else "")
        )
    with bars:
        words = bars_in_words(speech.probabilities)
        show_chart(emotion_bars(speech.probabilities, 230), f"speech.bars.{number}", f"Whole recording: {words}")
    if len(speech.windows) > 1:
        _over_time(speech, number)


def answer(emotion: str, confidence: float, unsure: bool) -> str:
    r"""Return an answer in words.

    >>> answer("happy", 0.71, False), answer("sad", 0.31, True)
    ('● happy, confidence 71\xa0%', 'Unsure; most like ■ sad, confidence 31\xa0%')
    """
    told = f"{label(emotion)}, confidence {100 * confidence:.0f}\u00a0%"
    return f"Unsure; most like {told}" if unsure else told


def _count(windows: int) -> str:
    return f"{windows} stretch{'es' * (windows != 1)}"


def _over_time(speech: Speech, number: int) -> None:
    st.subheader("Over time", anchor=False)
    chart = mood_over_time(over_time(speech), height_px=280)
    # From the beginning, as the strip below it.
    chart.update_xaxes(range=(0, speech.duration_s))
    show_chart(
        chart, f"speech.mood.{number}",
        f"Shares of the seven emotions over {clock(speech.duration_s)}: on the whole "
        f"{bars_in_words(speech.probabilities)}.",
    )  # fmt: skip
    spans = spans_of(speech)
    show_chart(
        track_strips(spans), f"speech.strip.{number}", f"The likeliest emotion over time, in {len(spans)} parts."
    )
    st.caption(
        "Each second: what the four seconds around it sound like. The height of an area is the confidence. A gap: "
        "nobody speaks. Pale in the strip: unsure."
    )


def over_time(speech: Speech) -> dict[str, FloatArray]:
    """Return ``time_s`` and a column for each emotion; between stretches with speech all seven are 0."""
    times: list[float] = []
    rows: list[npt.NDArray[np.floating]] = []
    nobody = np.zeros(len(EMOTIONS))
    for window, begins, ends in _edges(speech):
        if begins and times:
            times += [times[-1], window.start_s]
            rows += [nobody, nobody]
        # Windows are told by their middle, but the first and the last of a stretch stand for its edges as well.
        at = [window.start_s] * begins + [_middle(window)] + [window.end_s] * ends
        times += np.maximum.accumulate([*times[-1:], *at])[-len(at) :].tolist()
        rows += [window.probabilities] * len(at)
    shares = np.stack(rows)
    return {"time_s": np.array(times), **{name: shares[:, i].astype(float) for i, name in enumerate(EMOTIONS)}}


def spans_of(speech: Speech) -> list[Span]:
    """Return stretches of one likeliest emotion, for the strip: each window stands for the second in its middle.

    The first window after a pause reaches back to the pause, and the last before one reaches up to it.
    """
    spans: list[Span] = []
    for window, begins, ends in _edges(speech):
        half_s = min(STEP_S, window.end_s - window.start_s) / 2
        begin_s = window.start_s if begins else _middle(window) - half_s
        begin_s = max(begin_s, spans[-1].end_s if spans else 0.0)
        end_s = max(window.end_s if ends else _middle(window) + half_s, begin_s)
        emotion = EMOTIONS[int(window.probabilities.argmax())]
        unsure = float(window.probabilities.max()) < speech.unsure_below
        last = spans[-1] if spans else None
        if last is not None and (last.emotion, last.unsure) == (emotion, unsure) and begin_s - last.end_s < STEP_S / 2:
            spans[-1] = Span("speech", last.start_s, end_s, emotion, unsure)
        else:
            spans.append(Span("speech", begin_s, end_s, emotion, unsure))
    return spans


def _edges(speech: Speech) -> Iterator[tuple[Heard, bool, bool]]:
    """Yield each window, and whether it is the first after a pause and the last before one."""
    windows = speech.windows
    for place, window in enumerate(windows):
        begins = place == 0 or window.start_s > windows[place - 1].end_s
        ends = place == len(windows) - 1 or windows[place + 1].start_s > window.end_s
        yield window, begins, ends


def _middle(window: Heard) -> float:
    return (window.start_s + window.end_s) / 2


def show_numbers(results: Sequence[Result]) -> None:
    """Show all recordings in a table, and offer them as CSV and JSON."""
    heard = [result for result in results if isinstance(result, Speech)]
    if not heard:
        return
    st.header("Numbers", anchor=False)
    documents = [result.as_json() for result in heard]
    percent = {name: st.column_config.NumberColumn(format="%.0f %%") for name in ("Confidence", *EMOTIONS)}
    st.dataframe(
        {
            "Recording": [document["input"] for document in documents],
            "Seconds": [document["duration_s"] for document in documents],
            "Emotion": [label(document["emotion"]) for document in documents],
            "Confidence": [100 * document["confidence"] for document in documents],
            "Unsure": ["unsure" if document["unsure"] else "" for document in documents],
            **{name: [100 * document["probabilities"][name] for document in documents] for name in EMOTIONS},
        },
        hide_index=True,
        column_config=percent,
        key="speech.table",
    )
    with st.container(horizontal=True):
        for name, text, mime in (
            ("CSV", table_of(results), "text/csv"),
            ("JSON", document_of(results), "application/json"),
        ):
            st.download_button(
                f"Download {name}", text, f"speech.{name.lower()}", mime, key=f"speech.{name.lower()}",
                icon=":material/download:", on_click="ignore",
            )  # fmt: skip


def table_of(results: Sequence[Result]) -> str:
    """Return all recordings as CSV, those that could not be heard with their error."""
    parts = [
        csv_text(
            speech_rows(result) if isinstance(result, Speech) else [{"input": result[0], "error": result[1]}],
            header=False,
        )
        for result in results
    ]
    return csv_text([]) + "".join(parts)


def document_of(results: Sequence[Result]) -> str:
    """Return all recordings as the command line's JSON."""
    files = [
        result.as_json() if isinstance(result, Speech) else {"input": result[0], "error": result[1]}
        for result in results
    ]
    return json.dumps({"schema": 1, "files": files}, indent=1, ensure_ascii=False)
