"""The blocks of the speech page: where speech comes from, and what is heard in it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from fer.audio.classify import SpeechClassifier, open_classifier
from fer.audio.frames import RATE_HZ
from fer.audio.pipeline import Speech, analyze_sound
from fer.audio.read import SOUND_SUFFIXES, Sound, read_sound
from fer.audio.samples import SAMPLES, Sample
from fer.errors import FerError
from fer.ui.messages import plain
from fer.ui.sounds import keep_sounds, kept_sounds
from fer.ui.speech_results import show_numbers, show_speech

MOST_S = 600.0
"""A longer recording would keep the visitor waiting: the command line takes it."""
MOST_FILES = 20
KEPT_S = 60.0
"""So much of a recording is kept to be played and looked at."""


@dataclass(frozen=True)
class Heard:
    """A recording and what was heard in it.

    Attributes:
        name: What it is called.
        sound: Its first minute; None where it could not be read.
        speech: What was heard; None where nothing was.
        error: Why nothing was heard, or "".
    """

    name: str
    sound: Sound | None
    speech: Speech | None
    error: str


def record_block() -> Heard | None:
    """A recording from the visitor's microphone."""
    clip = st.audio_input("Say something, for at least two seconds", key="speech.microphone", sample_rate=16_000)
    if clip is None:
        _empty(
            "Press the microphone above, and once more to stop. If your browser asks, allow it. Away from localhost, "
            "microphones need HTTPS. No microphone? Choose **Sample**."
        )
        return None
    return _show([_upload(clip, "Your recording")])


def files_block() -> Heard | None:
    """Recordings from the visitor's disk."""
    files = st.file_uploader(
        "Recordings",
        type=[suffix.lstrip(".") for suffix in SOUND_SUFFIXES],
        accept_multiple_files=True,
        key="speech.files",
        label_visibility="collapsed",
        max_upload_size=200,
    )
    if not files:
        _empty(
            "Drop one or several recordings above: WAV, FLAC, OGG, MP3, M4A, WebM, or a video with sound, up to "
            f"{MOST_S / 60:g} minutes each. For longer ones use `python -m fer speech FILE`."
        )
        return None
    if len(files) > MOST_FILES:
        st.info(f"{len(files)} files were dropped; the first {MOST_FILES} are heard. For more at once, use the command "
                "line: `python -m fer speech FOLDER`.")  # fmt: skip
    return _show([_upload(file, file.name) for file in files[:MOST_FILES]])


def sample_block() -> Heard | None:
    """Sentences spoken by a machine, which come with Classmood."""
    titles = [sample.title for sample in SAMPLES]
    chosen = st.segmented_control("Sample", titles, default=titles[0], required=True, key="speech.sample")
    sample = SAMPLES[titles.index(chosen)]
    st.caption(f"{sample.says} Spoken by eSpeak NG: no person, and no feeling behind it.")
    return _show([_of_sample(sample)])


def classifier() -> SpeechClassifier:
    """Return the speech model.

    Raises:
        ModelError: If there is none, or its file is damaged.
    """
    return open_classifier()


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Begin to load what the first recording needs, once a process and beside the page."""
    threading.Thread(target=_warm_up, name="speech-warm-up", daemon=True).start()


def _warm_up() -> None:
    import logging

    try:
        analyze_sound(SAMPLES[-1].sound(), "warm up")
    except FerError as problem:
        # The page says the same as soon as somebody needs it.
        logging.getLogger(__name__).warning("%s", problem)


Offer = tuple[str, str, Callable[[], Sound]]
"""File id, name, and what reads the sound."""


def _upload(file: UploadedFile, name: str) -> Offer:
    return file.file_id, name, lambda: read_sound(io.BytesIO(file.getvalue()), name, MOST_S)


def _of_sample(sample: Sample) -> Offer:
    return f"sample:{sample.title}", sample.title, sample.sound


def _show(offers: list[Offer]) -> Heard | None:
    """Hear recordings, those that this visit has heard not again, and show them; return the last one."""
    keep_sounds([file_id for file_id, _, _ in offers])
    kept = kept_sounds()
    found: list[Heard] = []
    for number, (file_id, name, read) in enumerate(offers):
        if file_id not in kept:
            with st.spinner(f"Listening to {plain(name)}"):
                kept[file_id] = _hear(name, read)
        heard: Heard = kept[file_id]
        found.append(heard)
        if heard.speech is None:
            st.error(plain(heard.error))
        else:
            show_speech(heard.speech, heard.sound, number)
    # What is no longer shown is no longer kept.
    for gone in kept.keys() - {file_id for file_id, _, _ in offers}:
        kept.pop(gone)
    show_numbers([heard.speech or (heard.name, heard.error) for heard in found])
    return found[-1] if found else None


def _hear(name: str, read: Callable[[], Sound]) -> Heard:
    sound: Sound | None = None
    try:
        whole = read()
        sound = replace(whole, samples=whole.samples[: round(KEPT_S * RATE_HZ)].copy())
        return Heard(name, sound, analyze_sound(whole, name, classifier()), "")
    except FerError as problem:
        return Heard(name, sound, None, str(problem))


def _empty(text: str) -> None:
    keep_sounds(())
    st.markdown(text)
    st.caption("Recordings are heard in memory and not kept: they are forgotten when you leave this page.")
