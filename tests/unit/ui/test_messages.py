"""Errors become sentences; mistakes of ours become a reference; nobody sees a traceback."""

from __future__ import annotations

import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from fer.ui.messages import plain


def page(kind: str) -> None:
    import streamlit as st

    from fer.errors import InputError
    from fer.ui.messages import shown_errors

    with shown_errors():
        if kind == "visitor":
            raise InputError("my_photo*.jpg is empty (0 bytes). Save it again.")
        if kind == "ours":
            raise KeyError("secret detail")
        if kind == "stop":
            st.stop()
    st.write("the page goes on")


def test_a_visitors_error_is_its_sentence_and_the_page_goes_on():
    app = AppTest.from_function(page, args=("visitor",), default_timeout=60).run()
    assert [error.value.replace("\\", "") for error in app.error] == [
        "my_photo*.jpg is empty (0 bytes). Save it again."
    ]
    assert app.markdown[-1].value == "the page goes on"
    assert not app.exception


def test_our_mistake_is_a_reference_that_the_log_explains(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(page, args=("ours",), default_timeout=60).run()
    text = app.error[0].value
    assert "secret detail" not in text and "KeyError" not in text
    assert not app.exception
    record = next(record for record in caplog.records if record.name == "fer.ui.messages")
    reference = record.getMessage().split()[1].rstrip(":")
    assert reference in text
    assert record.exc_info is not None and record.exc_info[0] is KeyError


def test_streamlits_own_signals_pass():
    app = AppTest.from_function(page, args=("stop",), default_timeout=60).run()
    assert not app.error and not app.markdown


@given(st.text(max_size=40))
def test_plain_text_only_gains_backslashes(text: str):
    assert re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", plain(text)) == text
