"""The one place where an error becomes a message: a sentence for what a visitor caused, a reference for the rest."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer.errors import FerError

log = logging.getLogger(__name__)

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-!|~:$&])")


@contextmanager
def shown_errors() -> Iterator[None]:
    """Show what goes wrong inside as a message; the page goes on below it.

    A ``FerError`` is shown as the sentence that it carries. Anything else is a mistake of ours: it is logged with a
    reference, and the visitor gets a calm sentence with that reference, never a traceback. Streamlit's own stop and
    rerun signals are no ``Exception`` and pass.
    """
    try:
        yield
    except FerError as problem:
        show_error(problem)
    except Exception as problem:
        st.error(
            "This part could not be shown; the fault is ours, not yours. Your other results are untouched. "
            f"Try once more, and if it comes back, report it with the reference **{reference(problem)}** "
            "(the server's log says more under it)."
        )


def reference(problem: Exception) -> str:
    """Log a mistake of ours, and return the reference under which the log has it."""
    token = secrets.token_hex(3)
    log.error("Reference %s: a part of a page ended early.", token, exc_info=problem)
    return token


def show_error(problem: FerError) -> None:
    """Show one error's sentence where several inputs are worked on and the others go on."""
    st.error(plain(str(problem)))


def plain(text: str) -> str:
    r"""Return a text that Streamlit's Markdown shows as it is: file names may hold ``*``, ``[`` or ``:``.

    >>> plain("my_photo*.jpg")
    'my\\_photo\\*.jpg'
    """
    return _MARKDOWN.sub(r"\\\1", text)
