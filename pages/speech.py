"""Speech: what a voice sounds like to the model, over time, and what sound is made of."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.speech import files_block, record_block, sample_block, warm_up
from fer.ui.theme import page_head

BLOCKS = {"Record": record_block, "Files": files_block, "Sample": sample_block}
INSIDE, TONES, COMPARE = "Look inside", "Mix tones", "Train & compare"

page_head(
    "Speech",
    "Hear which emotion a voice sounds like, second by second, and see what sound is made of.",
    plays_sounds=True,
)
warm_up()
source = st.segmented_control(
    "What to do",
    [*BLOCKS, INSIDE, TONES, COMPARE],
    default="Record",
    required=True,
    key="speech.source",
    bind="query-params",
    label_visibility="collapsed",
)
with shown_errors():
    if source == INSIDE:
        from fer.ui.speech_inside import inside_block

        inside_block()
    elif source == TONES:
        from fer.ui.speech_tones import tones_block

        tones_block()
    elif source == COMPARE:
        from fer.ui.speech_compare import compare_block

        compare_block()
    else:
        BLOCKS[source]()
with shown_errors():
    from fer.ui.speech_judged import judged_block

    judged_block()
