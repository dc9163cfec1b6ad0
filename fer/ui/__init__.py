"""The screen: the only code that imports streamlit or streamlit_webrtc.

Every page imports it, so it is also where a wrong start is mended: when the first address that a fresh server is asked
for is a page's own, as /photo, Streamlit would run that file of pages/ alone, without app.py's look, navigation and
messages, because it takes the folder for one of its older kind until ``st.navigation`` is called.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

if PagesManager.uses_pages_directory and get_script_run_ctx() is not None:
    PagesManager.uses_pages_directory = False
    st.rerun()
