"""Past classes: the reports of the classes whose links this browser holds, and one course over the weeks."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.start import load_page
from fer.ui.theme import page_head

page_head("Past classes", "The reports of your classes, and one course over the weeks.")
st.caption("Only this browser knows which classes are yours: it holds their links. Reports hold averages alone.")
with shown_errors():
    load_page("fer.ui.past").show_past()
