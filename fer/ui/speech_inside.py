"""Look inside a recording: seven views of the same stretch of sound, each with the sentence that says what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fer.audio.frames import HOP_S, RATE_HZ, Frames, frames_of
from fer.audio.read import Sound
from fer.audio.samples import SAMPLES
from fer.audio.spectra import spectrogram_of, spectrum_at, wav_of
from fer.ui import speech_charts as draw
from fer.ui.charts import show_chart
from fer.ui.messages import plain
from fer.ui.sounds import kept_sounds

if TYPE_CHECKING:
    import plotly.graph_objects as go

LONGEST_S = 10.0
LEAST_S = 0.1
"""A shorter recording has no moments to choose from."""


def inside_block() -> None:
    """Show a stretch of a recording from seven sides."""
    offers = _offers()
    name = st.selectbox("Which recording", list(offers), key="speech.inside.which")
    sound = offers[name]
    if len(offers) == len(SAMPLES):
        st.caption("Record or drop something first, and it can be looked at here, too.")
    begin_s, end_s = _stretch(sound)
    samples = sound.samples[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)]
    st.audio(wav_of(samples), format="audio/wav")
    frames = frames_of(samples)
    key = f"speech.inside.moment.{name}.{begin_s}"
    first_s = min(end_s, begin_s + _telling_moment(frames))
    moment_s = st.slider("Moment to look at", begin_s, end_s, first_s, 0.01, format="%.2f s", key=key)
    _view(
        "Waveform", draw.waveform_chart(samples, begin_s, moment_s), "waveform",
        "The air's pressure, as the microphone felt it: dense where it is loud, a flat line where it is quiet.",
    )  # fmt: skip
    spectrum = spectrum_at(samples, moment_s - begin_s)
    strongest = ", ".join(f"{hz:.0f} Hz" for hz, _ in spectrum.peaks(3)) or "none"
    _view(
        "Spectrum of the moment (Fourier transform)", draw.spectrum_chart(spectrum), "spectrum",
        "Which tones, added up, make the 64 ms around the dotted line; a voice shows a comb, whose teeth lie one pitch "
        f"apart. Strongest here: {strongest}.",
    )  # fmt: skip
    _view(
        "Spectrogram", draw.spectrogram_chart(spectrogram_of(samples), begin_s, moment_s), "spectrogram",
        "One spectrum after the other: time to the right, frequency upwards, light where it is strong.",
    )  # fmt: skip
    left, right = st.columns(2, gap="medium")
    with left:
        _view(
            "Mel spectrogram", draw.mel_chart(frames, begin_s, moment_s), "mel",
            "The same in 64 bands that are narrow below and wide above, as ears tell tones apart.",
        )  # fmt: skip
        _view(
            "Pitch", draw.pitch_chart(frames, begin_s, moment_s), "pitch",
            "How often a second the vocal folds open: high and lively when excited, low and flat when tired or sad.",
        )  # fmt: skip
    with right:
        _view(
            "MFCC", draw.cepstra_chart(frames, begin_s, moment_s), "mfcc",
            "The mel spectrum's shape in a few numbers, coarse ones first: the throat's form, with the pitch left out.",
        )  # fmt: skip
        _view(
            "Loudness", draw.loudness_chart(frames, begin_s, moment_s), "loudness",
            "The level in decibels: 10 more is ten times the power. How it moves counts; how high it is tells of the "
            "microphone.",
        )  # fmt: skip


def _offers() -> dict[str, Sound]:
    """Return what can be looked at: this visit's recordings, the latest first, then the samples."""
    own = [heard for heard in kept_sounds().values() if heard.sound is not None and heard.sound.duration_s >= LEAST_S]
    offers = {heard.name: heard.sound for heard in reversed(own)}
    return {**offers, **{sample.title: _sample(sample.title) for sample in SAMPLES if sample.title not in offers}}


@st.cache_data(show_spinner=False)
def _sample(title: str) -> Sound:
    return next(sample for sample in SAMPLES if sample.title == title).sound()


def _stretch(sound: Sound) -> tuple[float, float]:
    """Ask for a stretch of at most ten seconds, and return it in seconds."""
    end_s = sound.duration_s
    if end_s <= LONGEST_S:
        return 0.0, end_s
    begin_s = st.slider(
        f"Which {LONGEST_S:g} seconds", 0.0, end_s - LONGEST_S, 0.0, 0.5, format="from %.1f s", key="speech.inside.from"
    )
    return begin_s, begin_s + LONGEST_S


def _telling_moment(frames: Frames) -> float:
    """Return the moment with the clearest voice, in seconds from the beginning: a pause would show nothing."""
    clear = frames.voicing * (frames.level_db > frames.level_db.max() - 20)
    return float(clear.argmax()) * HOP_S


def _view(title: str, figure: go.Figure, key: str, sentence: str) -> None:
    st.markdown(f"**{plain(title)}**")
    show_chart(figure, f"speech.inside.{key}", f"{title}. {sentence}")
    st.caption(sentence)
