"""Class: the teacher's view of how the class is, at one glance."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.start import load_page

# The page is for the wall of a classroom: the menu is one click away.
st.set_page_config(page_title="Class · Classmood", layout="wide", initial_sidebar_state="collapsed")
with shown_errors():
    load_page("fer.ui.class_page").show_class()
