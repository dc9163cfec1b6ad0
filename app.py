"""Classmood: page settings and navigation, nothing else."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.start import start_once
from fer.ui.theme import ABOUT, ICON, apply_look

st.set_page_config(page_title="Classmood", page_icon=ICON, layout="wide", menu_items={"About": ABOUT})
with shown_errors():
    start_once()
    apply_look()
    st.navigation(
        {
            "": [st.Page("pages/home.py", title="Home", icon=":material/home:", default=True)],
            "Class": [
                st.Page("pages/class.py", title="Class", icon=":material/groups:", url_path="class"),
                st.Page("pages/join.py", title="Join", icon=":material/login:", url_path="join"),
                st.Page("pages/past.py", title="Past classes", icon=":material/history:", url_path="past"),
            ],
            "Faces": [
                st.Page("pages/photo.py", title="Photo & recording", icon=":material/photo_library:", url_path="photo"),
                st.Page("pages/live.py", title="Live", icon=":material/videocam:", url_path="live"),
            ],
            "Lab": [
                st.Page("pages/dataset.py", title="Data set", icon=":material/dataset:", url_path="dataset"),
                st.Page("pages/train.py", title="Train", icon=":material/model_training:", url_path="train"),
                st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:", url_path="evaluate"),
            ],
            "Learn": [st.Page("pages/models.py", title="Classic models", icon=":material/query_stats:")],
            "More signals": [
                st.Page("pages/speech.py", title="Speech", icon=":material/mic:", url_path="speech"),
                st.Page("pages/text.py", title="Text", icon=":material/chat:", url_path="text"),
            ],
        }
    ).run()
