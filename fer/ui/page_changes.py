"""A click on another page counts, also where the page before it sends something a moment later.

A browser tells Streamlit with each message which page it is for, and takes it for the page before until the server has
begun the new one. So what an element of the old page sends just after the click (a camera that reports its state, a
still, a browser's answer) named the old page, came later than the click, and led the visitor back: the click was lost.
The longer the way to the server and the busier both ends, the more often. Such messages are left out here: their page
is being left, so nobody misses their answer.

This knows Streamlit's insides, as of 1.67, which is pinned; tests/e2e/test_page_changes.py fails where they change.
"""

from __future__ import annotations

import logging
import time
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

LATE_S = 5.0
"""For how long the old page is left out. Then a message that names it is believed, as after a lost connection."""

log = logging.getLogger(__name__)


class PageChanges:
    """The page changes that one visit's browser asked for, as far as it has not caught up with them."""

    def __init__(self) -> None:
        self._asked = ""
        self._left: set[str] = set()
        self._common: frozenset[str] = frozenset()
        self._until_s = 0.0

    def overtaken(self, message: ClientState, running: str, now_s: float) -> bool:
        """Return whether a message comes from a page that its visitor has already left, and take note of it.

        Args:
            message: What the browser sends to have the app run.
            running: Hash of the page that the server showed last; empty before the first.
            now_s: Seconds on a clock that never goes back.
        """
        page = message.page_script_hash
        self._asked = self._asked or running
        if now_s >= self._until_s:
            self._left.clear()
        # A click on a page names no element but those that all pages share; everything else names its own page's too.
        elements = frozenset(state.id for state in message.widget_states.widgets)
        from_an_element = bool(elements - self._common)
        if page == self._asked:
            if from_an_element:
                self._left.clear()
            return False
        if page in self._left and from_an_element:
            return True
        if self._asked:
            self._left.add(self._asked)
        self._left.discard(page)
        self._asked, self._common, self._until_s = page, elements, now_s + LATE_S
        return False


_visits: WeakKeyDictionary[AppSession, PageChanges] = WeakKeyDictionary()
_request_rerun = AppSession.request_rerun


def _request_rerun_unless_overtaken(session: AppSession, client_state: ClientState | None) -> None:
    if client_state is not None:
        changes = _visits.setdefault(session, PageChanges())
        if changes.overtaken(client_state, session.page_script_hash, time.monotonic()):
            log.debug("left out what a page sent after its visitor had left it")
            return
    _request_rerun(session, client_state)


def keep_page_changes() -> None:
    """Leave out, in all visits from now on, what a page sends after its visitor has left it. Again is fine."""
    AppSession.request_rerun = _request_rerun_unless_overtaken  # type: ignore[assignment, method-assign]
