"""The Fourier transform by doing: mix tones, hear them, and see the transform take them apart again."""

from __future__ import annotations

import streamlit as st

from fer.audio.spectra import mix_tones, spectrum_at, wav_of
from fer.ui import speech_charts as draw
from fer.ui.charts import show_chart

RECIPES: dict[str, tuple[tuple[int, int], ...]] = {
    "One tone": ((440, 80), (880, 0), (1320, 0)),
    "A chord": ((262, 60), (330, 60), (392, 60)),
    "Like a voice": ((150, 80), (300, 55), (450, 40)),
    "Two that beat": ((440, 70), (446, 70), (1320, 0)),
}
TONES = 3
APART_HZ = 4.0
"""Tones closer than this are one peak in the spectrum of half a second."""


def tones_block() -> None:
    """Three tones with their sliders, the sum to hear, and its spectrum."""
    st.markdown(
        "Every sound is a sum of plain tones. Set three of them, listen to the sum, and see how the Fourier transform "
        "finds out which three they were."
    )
    with st.container(horizontal=True):
        for name, recipe in RECIPES.items():
            st.button(name, key=f"speech.tones.{name.lower().replace(' ', '_')}", on_click=_set, args=(recipe,))
    if "speech.tones.hz.0" not in st.session_state:
        _set(RECIPES["A chord"])
    tones = []
    for number, column in enumerate(st.columns(TONES, gap="medium")):
        with column:
            hz = st.slider(
                f"Tone {number + 1}: frequency", 50, 3000, step=1, format="%d Hz", key=f"speech.tones.hz.{number}"
            )
            loudness = st.slider("Loudness", 0, 100, step=5, format="%d %%", key=f"speech.tones.loudness.{number}")
            tones.append((float(hz), loudness / 100))
    if not any(loudness for _, loudness in tones):
        st.markdown("All three are silent: raise a loudness.")
        return
    sound = mix_tones(tones)
    st.audio(wav_of(sound), format="audio/wav")
    heard = ", ".join(f"{hz:.0f} Hz" for hz, loudness in tones if loudness)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**The sum, 20 ms of it**")
        part = sound[16_000:16_320]
        show_chart(draw.waveform_chart(part, 1.0, None, 260), "speech.tones.waveform", f"The sum of {heard} over time.")
        st.caption("Over time the tones are mixed up: nobody sees which ones they are.")
    with right:
        st.markdown("**Its spectrum**")
        spectrum = spectrum_at(sound, 1.0, 0.5)
        chart = draw.spectrum_chart(spectrum, 3200.0, APART_HZ)
        show_chart(chart, "speech.tones.spectrum", f"The spectrum has peaks at {heard}.")
        st.caption(
            "Over frequency each tone is one peak, as high as it is loud. Move a slider and watch its peak. Tones "
            f"closer than about {APART_HZ:g} Hz melt into one: half a second is too short to tell them apart."
        )


def _set(recipe: tuple[tuple[int, int], ...]) -> None:
    for number, (hz, loudness) in enumerate(recipe):
        st.session_state[f"speech.tones.hz.{number}"] = hz
        st.session_state[f"speech.tones.loudness.{number}"] = loudness
