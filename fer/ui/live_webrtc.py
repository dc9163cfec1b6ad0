"""The one place that knows streamlit-webrtc's inside, and works round what is wrong in it (0.79)."""

from __future__ import annotations

import streamlit as st
from streamlit_webrtc.component import generate_frontend_component_key


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
