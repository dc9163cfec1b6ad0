"""Photo & recording: each face with the emotion that the network reads in it."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.photo import camera_block, dropped_block, options_popover, sample_block
from fer.ui.pictures import forget_pictures
from fer.ui.theme import page_head

BLOCKS = {"Photos": dropped_block, "Camera": camera_block, "Sample": sample_block}

page_head(
    "Photo & recording",
    "Find the faces in photos and recordings, and see which emotion the network reads in each.",
    shows_photos=True,
)

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    source = st.segmented_control(
        "Source",
        [*BLOCKS, "Recording"],
        default="Photos",
        required=True,
        key="photo.source",
        bind="query-params",
        label_visibility="collapsed",
    )
    with shown_errors():
        options = None if source == "Recording" else options_popover()
with shown_errors():
    if options is not None:
        BLOCKS[source](options)
    elif source == "Recording":
        forget_pictures()
        from fer.ui.recording import recording_block

        recording_block()
