"""Past classes: the reports of the classes whose links this browser holds, and one course over the weeks."""

from __future__ import annotations

import streamlit as st

from fer.ui.messages import shown_errors
from fer.ui.past import show_past
from fer.ui.theme import page_head

page_head("Past classes", "The reports of your classes, and one course over the weeks.")
st.caption("Only this browser knows which classes are yours: it holds their links. Reports hold aggregates alone.")
with shown_errors():
    show_past()
