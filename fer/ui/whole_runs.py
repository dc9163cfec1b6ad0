"""What a run of a page sends arrives whole, also where the next request comes in the moment in which it ends.

Streamlit runs a page in a thread, whose messages wait in the event loop until they are sent. When a request comes just
after that thread ended, Streamlit begins another one, and from then on takes no message of the first, not even those
that wait. So the end of a page was missing: a button that never came, a dialog that stayed open because the word to
close it was lost. Parts of our pages ask to be shown anew once a second, which hits that moment the more often, the
busier the server. Here the next thread begins after what waits has been sent.

This knows Streamlit's insides, as of 1.67, which is pinned; tests/e2e/test_whole_runs.py fails where they change.
"""

from __future__ import annotations

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_create_scriptrunner = AppSession._create_scriptrunner


def _create_after_the_last(session: AppSession, request: RerunData) -> None:
    last = session._scriptrunner
    if last is None:
        _create_scriptrunner(session, request)
        return

    def create() -> None:
        if session._state == AppSessionState.SHUTDOWN_REQUESTED:
            return
        now = session._scriptrunner
        # Another request may have waited as well, and begun a thread that takes this one too.
        if now is None or now is last or not now.request_rerun(request):
            _create_scriptrunner(session, request)

    # The loop takes turns: all that the last thread sent stands before this.
    session._event_loop.call_soon_threadsafe(create)


def keep_runs_whole() -> None:
    """Have, in all visits from now on, each thread's messages sent before the next one begins. Again is fine."""
    AppSession._create_scriptrunner = _create_after_the_last  # type: ignore[assignment, method-assign]
