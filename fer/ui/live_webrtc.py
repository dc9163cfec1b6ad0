"""The one place that knows streamlit-webrtc's inside, and works round what is wrong in it (0.79)."""

from __future__ import annotations

import streamlit as st
from aiortc import MediaStreamTrack
from aiortc.contrib.media import MediaRelay
from streamlit.runtime import Runtime
from streamlit_webrtc.component import generate_frontend_component_key
from streamlit_webrtc.process import AsyncVideoProcessTrack
from streamlit_webrtc.relay import get_global_relay


def keep_running_stream(key: str) -> None:
    """Keep a stream alive that streamlit-webrtc would take for one that its page left behind. Call it first.

    streamlit-webrtc ends a stream when the session's count of finished runs grew by two since the streamer was last
    rendered: another page must have been shown meanwhile. But Streamlit counts a run as finished only when the message
    is sent, so that of two runs that follow each other closely, as they do while a connection is made, the second still
    sees the old count. Then the next change of any control ended the stream, and the video froze.

    Streamlit itself forgets a component's value when a run of the session does not render it. So where the value is
    still there, the page was not left.

    Args:
        key: Of the streamer.
    """
    context = st.session_state.get(key)
    if context is not None and generate_frontend_component_key(key) in st.session_state:
        context._last_rendered_run_count = None


class NewestPictures(MediaRelay):
    """A relay in which a picture that goes back to its browser takes the place of one that still waits.

    aiortc's own keeps them all. Where a busy server encodes more slowly than the camera brings them, what the visitor
    sees falls behind without end, and each that waits is 0.9 MB.
    """

    def subscribe(self, track: MediaStreamTrack, buffered: bool = True) -> MediaStreamTrack:
        """Return what brings a track's frames to one more consumer."""
        return super().subscribe(track, buffered and not isinstance(track, AsyncVideoProcessTrack))


def send_newest_pictures() -> None:
    """Have the process's one relay keep no pictures that go back. Call it before the first streamer."""
    if Runtime.exists():
        # streamlit-webrtc makes it itself and asks nobody which; the two differ in nothing but that method.
        get_global_relay().__class__ = NewestPictures
