"""The recording block of the photo page: take a recording, watch the work, and lead to the results.

The page holds nothing but a run's name and key, in its own address: a reload or a second tab finds the run again, and
the work goes on in its worker process whatever becomes of the page. Going to another page clears the address, so the
visit remembers both as well: who uploaded a recording can always find it and delete it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import streamlit as st

from fer.errors import FerError
from fer.faces.detect import DetectorName
from fer.faces.recording_job import new_recording_run
from fer.faces.video import RECORDING_SUFFIXES
from fer.registry import find, models
from fer.runs.folder import Run
from fer.runs.status import Status
from fer.runs.worker import start
from fer.settings import settings
from fer.ui.analyzers import DETECTORS
from fer.ui.messages import plain, shown_errors
from fer.ui.recording_results import has_results, results_block
from fer.ui.run_memory import forget, remember, remembered
from fer.ui.run_progress import progress_words
from fer.ui.uploads import drop_upload

UPLOAD_TYPES = [suffix.removeprefix(".") for suffix in RECORDING_SUFFIXES]
RATES = (1, 2, 5, 10)
DEFAULT_RATE = 5
LOOK_S = 1.0
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
    run = _run_of_this_page()
    if run is None:
        _intake()
        return
    try:
        status = run.status()
    except FerError:
        _after_buttons(run)
        raise
    if status.living:
        _progress(run.id)
    else:
        _ended(run, status)


def _run_of_this_page() -> Run | None:
    run_id, key = st.query_params.get("run"), st.query_params.get("key", "")
    if run_id is None:
        return None
    try:
        run = Run.open(run_id, key)
    except FerError as problem:
        _leave()
        st.info(plain(str(problem)))
        return None
    remember("recording", run_id, key)
    return run


def _go_to(run_id: str, key: str) -> None:
    st.query_params.update({"run": run_id, "key": key})


def _leave() -> None:
    for name in ("run", "key"):
        st.query_params.pop(name, None)


def _earlier() -> None:
    """Lead back to the recordings of this visit, the latest first, and let each be deleted."""
    for run, key in reversed(remembered("recording")):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            try:
                name, living = str(run.config().get("name", "")), run.status().living
                st.markdown(f"**{plain(name)}** {'is being looked at' if living else 'is still here'}")
            except FerError as problem:
                st.markdown(plain(str(problem)))
            if st.button("Back to your recording", key=f"recording.back.{run.id}", icon=":material/arrow_back:"):
                _go_to(run.id, key)
                st.rerun()
            _delete_button(run, "Delete it", f"recording.delete.{run.id}")


def _intake() -> None:
    _earlier()
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
        wanted = st.button("Analyse", key="recording.begin", type="primary", disabled=source is None)
        drawn = st.button("Try a drawn recording", key="recording.sample", icon=":material/draw:")
    if source is None:
        st.markdown("Drop a recording above. None at hand? Try ours: 40 seconds, three drawn faces, no real people.")
    st.caption(
        f"Your recording and what is made from it lie in a folder of their own, which is deleted after "
        f"{settings().keep_uploads_h:g} hours, or at once when you say so. Look only at people who know and agree."
    )
    if drawn:
        with st.spinner("Drawing"):
            _begin(io.BytesIO(_drawn_recording()), DRAWN, options)
    elif wanted and source is not None:
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
    # Before it is started: where that fails, the visitor still has what deletes the upload.
    remember("recording", run.id, run.key())
    _go_to(run.id, run.key())
    start(run)
    st.rerun()


@st.cache_data(show_spinner=False)
def _drawn_recording() -> bytes:
    """Draw the sample once a process; it holds nothing of any visitor."""
    from tempfile import TemporaryDirectory

    from fer.dataset.demo_recording import write_demo_recording

    with TemporaryDirectory() as folder:
        path = Path(folder) / DRAWN
        write_demo_recording(path)
        return path.read_bytes()


@st.fragment(run_every=LOOK_S)
def _progress(run_id: str) -> None:
    with shown_errors():
        run = Run.open(run_id)
        status = run.status()
        if not status.living:
            st.rerun()
        st.header(plain(str(run.config().get("name", ""))), anchor=False)
        stopping = run.stop_asked()
        st.progress(status.progress, text="Stopping" if stopping else progress_words(run, status))
        st.button("Cancel", key="recording.cancel", disabled=stopping, on_click=_cancel, args=(run_id,))
        st.caption(
            "The work goes on if you close or reload this page; its address leads back here, for everyone who has it. "
            "If you cancel, what was found until then is kept."
        )


def _cancel(run_id: str) -> None:
    # A callback, so that the same pass already shows that it is stopping.
    with shown_errors():
        Run.open(run_id).ask_stop()


def _ended(run: Run, status: Status) -> None:
    if status.state == "failed":
        st.error(plain(status.message))
    elif status.state != "done":
        st.warning(plain(status.message))
    if has_results(run):
        results_block(run)
    _after_buttons(run, again=status.state in ("failed", "interrupted", "stopped"))


def _after_buttons(run: Run, again: bool = False) -> None:
    with st.container(horizontal=True):
        if again and st.button("Start again", key="recording.again", icon=":material/restart_alt:"):
            start(run)
            st.rerun()
        if st.button("Another recording", key="recording.another", icon=":material/movie:"):
            _leave()
            st.rerun()
        _delete_button(run, "Delete my data", "recording.delete")


def _delete_button(run: Run, words: str, key: str) -> None:
    with st.popover(words, icon=":material/delete:"):
        st.markdown("This deletes the uploaded recording and everything made from it, now and for good.")
        if st.button("Delete now", key=key, type="primary"):
            with st.spinner("Deleting"):
                run.delete()
            forget("recording", run.id)
            if st.query_params.get("run") == run.id:
                _leave()
            st.toast("Your recording and its results are deleted.", icon=":material/check:")
            st.rerun()
