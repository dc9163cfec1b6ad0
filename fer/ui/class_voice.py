"""The teacher's own microphone as a signal of the class: off until it is switched on, heard in memory only."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from fer.classroom.ice import IceServers, ice_servers
from fer.classroom.overview import ClassWatch
from fer.classroom.records import ClassRow
from fer.classroom.store import open_store
from fer.classroom.voice import VoiceSignal, voice_allowed
from fer.emotions import EMOTIONS
from fer.ui.charts import label
from fer.ui.live_webrtc import keep_running_stream
from fer.ui.messages import plain, shown_errors

if TYPE_CHECKING:
    from fer.audio.live import Ear

EAR = "class.ear"
SWITCH = "class.voice_on"
STREAM = "class.voice_stream"
TICK_S = 1.0
SILENT_S = 3.0
CONSTRAINTS: dict[str, Any] = {"audio": {"echoCancellation": True}, "video": False}
# The frame must be on the page to work, and has nothing to show.
HIDDEN = """<style>.st-key-class-voice {position: absolute; width: 1px; height: 1px; overflow: hidden; opacity: 0;
pointer-events: none;}</style>"""


@dataclass
class _Own:
    """What a tab holds of the teacher's microphone: of which class, what listens, what counts, and its servers."""

    class_id: int
    ear: Ear
    voice: VoiceSignal
    servers: IceServers


def voice_switch(row: ClassRow) -> bool:
    """Show the switch, what it does, and where the law forbids it; return whether the microphone shall be on.

    Args:
        row: The class.
    """
    st.markdown("**Your own voice**")
    if not voice_allowed(row.settings):
        why = (
            "a demo has no teacher who speaks"
            if row.settings.mode == "demo"
            else "inferring emotions from voices is prohibited here by law, see the note when a class is opened"
        )
        st.caption(f"No microphone is used: {why}.")
        return False
    on = st.toggle("Hear my voice", key=SWITCH)
    st.caption(
        "Your browser sends your microphone's sound to the computer that runs this app. A network guesses once a "
        "second what the last four seconds sound like, and the sound is dropped at once: nothing is recorded. What "
        "stays are means of ten seconds, with the class's other numbers. Wear a headset, so that nobody is heard who "
        "did not agree; off is off at once."
    )
    return on


def listen(watch: ClassWatch, on: bool) -> None:
    """Hear the teacher while the switch is on and the class runs. Called in every run of the page, at the same place.

    Args:
        watch: Of the class.
        on: What ``voice_switch`` returned.
    """
    own = _own(watch.row) if on or EAR in st.session_state else None
    if own is None:
        return
    own.voice.hear(watch.row)
    with st.container(key="class-voice"):
        st.html(HIDDEN)
        playing = _stream(own, on and watch.row.state == "open")
    if on:
        st.fragment(_show_state, run_every=TICK_S)(watch, own, playing)


def _own(row: ClassRow) -> _Own:
    from fer.audio.live import Ear

    own: _Own | None = st.session_state.get(EAR)
    if own is None or own.class_id != row.id:
        if own is not None:
            own.ear.on_ended()
        voice = VoiceSignal(row, open_store())
        own = _Own(row.id, Ear(voice.take), voice, ice_servers(f"class {row.id}"))
        st.session_state[EAR] = own
    return own


def _stream(own: _Own, wanted: bool) -> bool:
    """Put the microphone's connection on the page; return whether the browser says that it is made."""
    from streamlit_webrtc import WebRtcMode, create_audio_sink_track, webrtc_streamer
    from streamlit_webrtc.webrtc import SignallingTimeoutError

    def ended() -> None:
        own.ear.on_ended()
        # What it keeps is written: the connection's own thread, which all streams share, must not wait for a database.
        threading.Thread(target=own.voice.end, name="voice-end", daemon=True).start()

    keep_running_stream(STREAM)
    try:
        context = webrtc_streamer(
            key=STREAM,
            mode=WebRtcMode.SENDONLY,
            frontend_rtc_configuration={"iceServers": own.servers.entries},
            server_rtc_configuration={"iceServers": own.servers.for_server},
            media_stream_constraints=CONSTRAINTS,
            sink_audio_track=create_audio_sink_track(own.ear.on_frame, key="class.voice_sound", on_ended=ended),
            desired_playing_state=wanted,
            media_toggle_controls=False,
        )
    except SignallingTimeoutError:
        own.ear.problem = "The connection to your microphone could not be made. Switch it off and on again."
        return False
    return bool(context.state.playing)


def _show_state(watch: ClassWatch, own: _Own, playing: bool) -> None:
    with shown_errors():
        own.voice.hear(watch.row)
        own.voice.tick()
        st.caption(plain(state_words(watch.row, own, playing)))


def state_words(row: ClassRow, own: _Own, playing: bool) -> str:
    """Return how the microphone is, in a sentence."""
    now = own.voice.now()
    if row.state != "open":
        return "The class is paused: your microphone is off."
    if now.problem or own.ear.problem:
        return now.problem or own.ear.problem
    if own.ear.heard_s() > SILENT_S:
        return (
            "Your microphone is being connected. If your browser asks, allow it."
            if not playing
            else "The connection is made, and no sound comes. Check that the microphone is not muted."
        )
    if now.probabilities is None:
        return "Your microphone is on; nobody speaks."
    emotion = EMOTIONS[int(np.argmax(now.probabilities))]
    return f"Your microphone is on. The last seconds sound like {label(emotion)}."
