"""What was found in a recording: mood over time, moments that stand out, each face, and all of it to take away."""

from __future__ import annotations

import base64
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from fer.emotions import EMOTIONS
from fer.errors import StorageError
from fer.faces.moments import WINDOW_S
from fer.faces.recording_mood import PORTRAITS
from fer.faces.video import clock
from fer.runs.files import read_text
from fer.runs.folder import Run
from fer.ui.buttons import button_clicked
from fer.ui.charts import Span, bars_in_words, emotion_bars, label, mood_over_time, show_chart, track_strips
from fer.ui.face_cards import emotion_html
from fer.ui.messages import plain

PLAYED_BYTES = 120_000_000
"""A larger annotated recording would fill the server's memory while it is shown; it can be downloaded."""

Summary = dict[str, Any]
FloatArray = npt.NDArray[np.float64]


def has_results(run: Run) -> bool:
    """Whether a run came far enough to have something to show."""
    return (run.artifacts / "summary.json").is_file()


def results_block(run: Run) -> None:
    """Show what was found.

    Raises:
        StorageError: If the summary is damaged.
    """
    summary = read_summary(run)
    st.header(plain(summary["input"]), anchor=False)
    st.caption(facts(summary))
    for note in filter(None, (summary.get("note"), summary["detector_note"])):
        st.info(plain(note))
    if summary["tracks"]:
        _film_and_mean(run, summary)
        _mood(summary)
        _moments(run, summary)
        _faces(run, summary)
    else:
        st.markdown(
            "**No face found in this recording.** What may help: a brighter picture, faces that look towards the "
            "camera and are at least 24 pixels wide, or the other face detector under **Options**."
        )
    _downloads(run, summary)


def read_summary(run: Run) -> Summary:
    """Return summary.json.

    Raises:
        StorageError: If it is missing, damaged or of a later version.
    """
    try:
        summary = json.loads(read_text(run.artifacts / "summary.json"))
    except (OSError, ValueError) as problem:
        raise StorageError(f"run {run.id}: summary.json is damaged. Start the recording again.") from problem
    if not isinstance(summary, dict) or summary.get("schema") != 1:
        raise StorageError(f"run {run.id}: summary.json is not of schema 1. Start the recording again.")
    return summary


def facts(summary: Summary) -> str:
    """Return in a line what was looked at and how."""
    detector = {"yunet": "YuNet", "haar": "the Haar cascade"}[summary["detector"]]
    seconds = [row["time_s"] for row in summary["mood"]]
    length = clock(summary["duration_s"] or 0) if summary["complete"] else f"the first {clock(seconds[-1] + 1)}"
    most = max(row["faces"] for row in summary["mood"])
    faces = "" if not most else f"; up to {most:.0f} {'face' if round(most) == 1 else 'faces'} at a time"
    return (
        f"{length}, {summary['width']:,} × {summary['height']:,} px, {summary['analyzed_fps']:g} frames a second "
        f"looked at with {detector} and {plain(summary['model'])}{faces}"
    )


def mood_table(summary: Summary) -> dict[str, FloatArray]:
    """Return ``time_s`` and a column for each emotion, 0 where no face was seen; one row a second."""
    rows = summary["mood"]
    table = {"time_s": np.array([row["time_s"] for row in rows], float)}
    for name in EMOTIONS:
        table[name] = np.array([(row["probabilities"] or {}).get(name, 0.0) for row in rows])
    return table


def mean_mood(summary: Summary) -> FloatArray:
    """Return the mean over the seconds with a face, shape ``(7,)``, FER2013's order; 0 where there is none."""
    seen = [[row["probabilities"][name] for name in EMOTIONS] for row in summary["mood"] if row["probabilities"]]
    return np.mean(seen, axis=0) if seen else np.zeros(len(EMOTIONS))


def unsure_share(summary: Summary) -> float:
    """Return the share of the faces' time in view in which their emotion is unsure, in [0, 1]."""
    lengths = [(span["end_s"] - span["start_s"], span["unsure"]) for t in summary["tracks"] for span in t["spans"]]
    total = sum(length for length, _ in lengths)
    return sum(length for length, unsure in lengths if unsure) / total if total else 0.0


def moment_words(moment: dict[str, Any]) -> str:
    r"""Return a moment in words.

    >>> moment_words({"emotion": "happy", "before": 0.1, "after": 0.5, "change": 0.4})
    '● happy rises from 10\xa0% to 50\xa0%'
    """
    verb = "rises" if moment["change"] > 0 else "falls"
    before, after = (f"{100 * moment[when]:.0f}\u00a0%" for when in ("before", "after"))
    return f"{label(moment['emotion'])} {verb} from {before} to {after}"


def longest_tracks(summary: Summary) -> list[dict[str, Any]]:
    """Return the faces that were seen longest, in the order they came."""
    chosen = sorted(summary["tracks"], key=lambda track: (-track["frames"], track["track"]))[:PORTRAITS]
    return sorted(chosen, key=lambda track: track["track"])


def _film_and_mean(run: Run, summary: Summary) -> None:
    film, side = st.columns([5, 3], gap="medium")
    path = run.artifacts / "annotated.mp4"
    with film:
        if _playable(path):
            st.video(str(path), muted=True, alt=f"{summary['input']}, faces marked; it has no sound")
            st.caption("The frames that were looked at, with what the network reads in each face. No sound.")
        else:
            st.markdown("The annotated recording is too large to play here. Download it below.")
    with side:
        mean = mean_mood(summary)
        st.markdown("**Mood of the whole recording**")
        st.caption("The mean over its seconds with a face")
        show_chart(emotion_bars(mean, 250), "recording.mean", f"Mean over the recording: {bars_in_words(mean)}")


def _playable(film: Path) -> bool:
    return film.is_file() and film.stat().st_size <= PLAYED_BYTES


def _mood(summary: Summary) -> None:
    table = mood_table(summary)
    if len(table["time_s"]) < 2:
        return
    st.header("Mood over time", anchor=False)
    marks = [(moment["time_s"], str(moment["number"])) for moment in summary["moments"]]
    words = "; ".join(f"{clock(m['time_s'])} {moment_words(m)}" for m in summary["moments"]) or "no large change"
    show_chart(mood_over_time(table, marks), "recording.mood", f"Shares of the seven emotions over time. {words}.")
    share = 100 * unsure_share(summary)
    st.caption(
        "Each second: the mean of what the network reads in the faces in view, smoothed over time. A gap: no face. "
        f"Confidence says how much the network prefers an answer, not how someone feels; {share:.0f} % of the faces' "
        "time in view is unsure."
    )


def _moments(run: Run, summary: Summary) -> None:
    st.header("Moments that stand out", anchor=False)
    if not summary["moments"]:
        if len(summary["mood"]) < 2 * WINDOW_S:
            st.markdown("None: a moment compares five seconds with the five before, so it takes ten seconds at least.")
        else:
            st.markdown("None: no emotion's five-second mean rises or falls by five points or more.")
        return
    st.caption("The largest rises and falls of an emotion's five-second mean, at least ten seconds apart")
    columns = st.columns(3, gap="medium")
    for place, moment in enumerate(summary["moments"]):
        with columns[place % 3]:
            picture = run.artifacts / moment["picture"]
            words = moment_words(moment)
            if picture.is_file():
                st.image(str(picture), width="stretch", alt=f"The frame at {clock(moment['picture_s'])}: {words}")
            st.markdown(f"**{moment['number']} · {clock(moment['time_s'])}** {words}")
            key = f"recording.moment.{moment['number']}"
            film = run.artifacts / "annotated.mp4"
            if _playable(film) and button_clicked("Play", key=key, icon=":material/play_arrow:", type="tertiary"):
                _play(film, moment)


@st.dialog("What happens at this moment", width="large")
def _play(film: Path, moment: dict[str, Any]) -> None:
    words = moment_words(moment)
    # The five seconds that are compared, and the five before.
    begin_s = max(0, int(moment["time_s"]) - WINDOW_S)
    st.video(
        str(film), start_time=begin_s, end_time=int(moment["time_s"]) + WINDOW_S, autoplay=True, muted=True, alt=words
    )
    st.markdown(f"**{clock(moment['time_s'])}** {words}")


def _faces(run: Run, summary: Summary) -> None:
    st.header("Face by face", anchor=False)
    tracks = longest_tracks(summary)
    others = len(summary["tracks"]) - len(tracks)
    spans = [
        Span(f"face {track['track']}", span["start_s"], span["end_s"], span["emotion"], span["unsure"])
        for track in tracks
        for span in track["spans"]
    ]
    show_chart(track_strips(spans), "recording.tracks", f"Which emotion each of {len(tracks)} faces showed when.")
    left_out = f" {others} more were in view for a shorter time; the CSV has them." if others else ""
    st.caption(f"One strip a face; pale where it is unsure. Who leaves and comes back counts as a new face.{left_out}")
    st.html(f'<div class="cm-faces">{"".join(_card(run, track) for track in tracks)}</div>')


def _card(run: Run, track: dict[str, Any]) -> str:
    number = int(track["track"])
    picture = run.artifacts / f"track-{number}.jpg"
    image = ""
    if picture.is_file():
        data = base64.b64encode(picture.read_bytes()).decode()
        image = f'<img src="data:image/jpeg;base64,{data}" width="88" height="88" alt="Face {number}">'
    emotion = max(track["shares"], key=track["shares"].__getitem__)
    when = f"{clock(track['first_s'])} to {clock(track['spans'][-1]['end_s'])}"
    return (
        f'<article class="cm-face" aria-label="Face {number}">{image}<div class="cm-face-head">'
        f'<span class="cm-small">Face {number}</span><strong>{emotion_html(emotion)}</strong>'
        f'<span class="cm-line">in {100 * track["shares"][emotion]:.0f} % of its frames</span>'
        f'<span class="cm-line">{when}</span></div></article>'
    )


def _downloads(run: Run, summary: Summary) -> None:
    st.header("Take it with you", anchor=False)
    stem = Path(summary["input"]).stem[:80] or "recording"
    offers = (
        ("Download annotated MP4", "annotated.mp4", f"{stem}-faces.mp4", "video/mp4", "video"),
        ("Download CSV", "faces.csv", f"{stem}-faces.csv", "text/csv", "csv"),
        ("Download JSON", "recording.json", f"{stem}-faces.json", "application/json", "json"),
    )
    with st.container(horizontal=True):
        for name, file, called, mime, key in offers:
            path = run.artifacts / file
            if path.is_file():
                # Read when somebody clicks: an hour's tables have many megabytes.
                st.download_button(
                    name, partial(path.read_bytes), called, mime, key=f"recording.{key}", icon=":material/download:",
                    on_click="ignore",
                )  # fmt: skip
