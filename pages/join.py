"""Join: a student's place in a class, on a phone as on a laptop."""

from __future__ import annotations

import streamlit as st

from fer.ui.join import show_join
from fer.ui.messages import shown_errors

# Who comes by a code or a QR code has one thing to do here; the other pages are one tap away.
st.set_page_config(page_title="Join · Classmood", layout="centered", initial_sidebar_state="collapsed")
with shown_errors():
    show_join()
