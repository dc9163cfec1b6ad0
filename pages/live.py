"""Live: your own face through the camera, with the mood that it shows."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.start import load_page
from fer.ui.theme import page_head

page_head("Live", "See your face through the camera, with the emotion that it shows now and over the last minute.")
st.caption(
    "Starting the camera sends its pictures to this server, which looks at each in memory and forgets it: none is "
    "saved or passed on. Stop at any time. What a face shows is not what a person feels: many look sad when they think."
)
with shown_errors():
    live = load_page("fer.ui.live")
    live.show_options()
    left, right = st.columns([5, 4], gap="medium")
    with left:
        connection = live.show_camera()
    with right:
        live.show_mood(connection)
