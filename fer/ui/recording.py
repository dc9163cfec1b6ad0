"""The recording block of the photo page: take a recording, watch the work, and lead to the results."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from fer.faces.detect import DetectorName
from fer.faces.recording_job import new_recording_run
from fer.faces.video import RECORDING_SUFFIXES
from fer.registry import find, models
from fer.runs.folder import Run
from fer.settings import settings
from fer.ui.analyzers import DETECTORS
from fer.ui.buttons import show_button, was_clicked
from fer.ui.page_runs import Work, begin, work_block
from fer.ui.recording_results import has_results, results_block
from fer.ui.uploads import drop_upload

UPLOAD_TYPES = [suffix.removeprefix(".") for suffix in RECORDING_SUFFIXES]
RATES = (1, 2, 5, 10)
DEFAULT_RATE = 5
DRAWN = "drawn-recording.mp4"


@dataclass(frozen=True)
class Options:
    """How a recording is looked at.

    Attributes:
        fps: Frames a second.
        detector: Which detector finds the faces.
        model: Which network names the emotions; None is the default.
    """

    fps: float
    detector: DetectorName
    model: str | None


def recording_block() -> None:
    """Show what there is to show: how to begin, how far the work is, or what was found.

    Raises:
        FerError: If a recording cannot be taken or a run cannot be read; the message says why.
    """
    work_block(WORK, _intake)


def _results(run: Run) -> None:
    if has_results(run):
        results_block(run)


WORK = Work("recording", "recording", "recording", _results, first="Getting the face detector and the network ready")


def _intake() -> None:
    upload = st.file_uploader(
        "Recording",
        type=UPLOAD_TYPES,
        key="recording.file",
        help="MP4, MOV, AVI or WebM, as phones, meetings and browsers write them.",
    )
    source: BinaryIO | Path | None = cast("BinaryIO | None", upload)
    name = upload.name if upload else ""
    if upload is None and not settings().hosted:
        source, name = _file_on_this_computer()
    options = _options()
    with st.container(horizontal=True):
        show_button("Analyse", key="recording.begin", type="primary", disabled=source is None)
        show_button("Try a drawn recording", key="recording.sample", icon=":material/draw:")
    if source is None:
        st.markdown("Drop a recording above. None at hand? Try ours: 40 seconds, three drawn faces, no real people.")
    st.caption(
        f"Your recording and what is made from it lie in a folder of their own, which is deleted after "
        f"{settings().keep_uploads_h:g} hours, or at once when you say so. Look only at people who know and agree."
    )
    if was_clicked("recording.sample"):
        with st.spinner("Drawing"):
            _begin(io.BytesIO(_drawn_recording()), DRAWN, options)
    elif source is not None and was_clicked("recording.begin"):
        with st.spinner("Reading the recording"):
            _begin(source, name, options)


def _file_on_this_computer() -> tuple[Path | None, str]:
    with st.expander("Or a file on this computer, by its path"):
        text = st.text_input(
            "Path",
            key="recording.path",
            placeholder="/home/me/lesson.mp4",
            help="The file is read where it is: nothing is uploaded or copied. The best way for long recordings.",
        ).strip()
    path = Path(text.strip("\"'")) if text else None
    return path, path.name if path else ""


def _options() -> Options:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        fps = st.segmented_control(
            "Frames to look at, each second",
            RATES,
            default=DEFAULT_RATE,
            required=True,
            key="recording.fps",
            help="5 follow expressions well. For an hour of recording, 1 or 2 are enough and take less time.",
        )
        with st.popover("Options", icon=":material/tune:"):
            detector = st.selectbox(
                "Face detector", list(DETECTORS), format_func=DETECTORS.__getitem__, key="recording.detector"
            )
            names, default = [entry.name for entry in models("face")], find().name
            model = default
            if len(names) > 1:
                model = st.selectbox("Network", names, index=names.index(default), key="recording.model")
    return Options(float(fps), detector, model)


def _begin(source: BinaryIO | Path, name: str, options: Options) -> None:
    run = new_recording_run(source, name, options.fps, options.detector, options.model)
    if (file_id := getattr(source, "file_id", None)) is not None:
        drop_upload(file_id)
    begin(WORK, run)


@st.cache_data(show_spinner=False)
def _drawn_recording() -> bytes:
    """Draw the sample once a process; it holds nothing of any visitor."""
    from tempfile import TemporaryDirectory

    from fer.dataset.demo_recording import write_demo_recording

    with TemporaryDirectory() as folder:
        path = Path(folder) / DRAWN
        write_demo_recording(path)
        return path.read_bytes()
