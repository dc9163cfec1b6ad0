"""What the app thinks of the student's own face, said to the student alone: the emotion, how sure it is, what helps."""

from __future__ import annotations

from html import escape

import numpy as np
import streamlit as st

from fer.classroom.baseline import SECONDS
from fer.classroom.seat import LiveSeat, SeatView
from fer.emotions import EMOTIONS
from fer.ui.buttons import button_clicked
from fer.ui.calm import show_again
from fer.ui.face_cards import bars_html, emotion_html
from fer.ui.messages import plain

HINTS: dict[str, tuple[str, str]] = {
    "no_face": ("No face", "Look into the camera, with your whole face in the picture."),
    "too_dark": ("It is too dark.", "Switch a light on, or turn your face to the window."),
    "black": ("The picture is black.", "Is something covering the camera? Slide its cover open."),
    "too_far": ("You are a bit far away.", "Come closer, until your face fills a third of the picture."),
    "turned": ("You are looking to the side.", "That is fine. We read a face best when it looks at the screen."),
}
"""What is seen, and what to do about it, for each word of ``SeatView.hint``."""


def mood_html(view: SeatView) -> str:
    """Return the emotion in large letters, how sure the network is, and what helps; as high whatever it says."""
    seen, advice = HINTS.get(view.hint, ("", ""))
    if view.problem or view.frame_s is None:
        head, line, advice = "One moment …", "", view.problem or "Your camera is starting."
    elif view.probabilities is None:
        head, line = (seen or "No face"), ""
    else:
        percent = f"{100 * view.confidence:.0f} %"
        head, line = emotion_html(view.emotion), f"{percent} sure"
        if view.unsure:
            head, line = "Hard to say", f"perhaps {emotion_html(view.emotion)}, {percent} sure"
        if seen:
            advice = f"{seen} {advice}"
    below = "".join(f'<span class="cm-line">{part}</span>' for part in (line, escape(advice)) if part)
    return f'<div class="cm-face-head cm-join-mood"><strong>{head}</strong>{below}</div>'


def show_bars(view: SeatView) -> None:
    """Show all seven shares; empty bars where there is no face, so that nothing moves."""
    st.html(bars_html(np.zeros(len(EMOTIONS)) if view.probabilities is None else view.probabilities))


def baseline_block(live: LiveSeat, view: SeatView) -> None:
    """Let a student whose resting face is misread show it once, for thirty seconds.

    Raises:
        ModelError: If the network was never measured on neutral faces.
    """
    if view.baseline is None:
        st.markdown(
            "**Does it always say sad, or angry?** Some faces look so when they rest. Show yours once, for "
            f"{SECONDS:.0f} seconds, and your mood is read against it."
        )
        if button_clicked("Show my resting face", width="stretch", key="join.baseline"):
            live.start_baseline()
            show_again()
        return
    if view.baseline < 1:
        st.progress(view.baseline, "Look at the screen and let your face rest …")
    else:
        st.markdown("✓ Your mood is read against your resting face. It is forgotten when you leave.")
        if view.doubt:
            st.caption(plain(view.doubt))
    if button_clicked("Read me without it again", width="stretch", key="join.no_baseline"):
        live.forget_baseline()
        show_again()
