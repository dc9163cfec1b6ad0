"""How the student's page looks: made for a phone in one hand, one thing at a time."""

from __future__ import annotations

from html import escape

import streamlit as st

from fer.classroom.records import PulseKind

LOOK = """<style>
.stMainBlockContainer {max-width: 32rem; padding-left: 1.25rem; padding-right: 1.25rem;}
.stMainBlockContainer h1 {font-size: 1.75rem;}
:is(.stMainBlockContainer, [role=dialog]) :is(.stButton, .stFormSubmitButton) button {min-height: 3.25rem;
  touch-action: manipulation;}
:is(.stMainBlockContainer, [role=dialog]) :is(.stButton, .stFormSubmitButton) button p {font-size: 1.05rem;}
.stMainBlockContainer .stForm {border: 0; padding: 0;}
.stMainBlockContainer .stCheckbox label {min-height: 2.75rem; align-items: center;}
.stMainBlockContainer .stCheckbox label p, .st-key-join-notice p {font-size: 1rem;}
.stMainBlockContainer .stTextInput input {min-height: 3.25rem; font-size: 1.1rem;}
.st-key-join-code .stTextInput input {font-size: 1.6rem; letter-spacing: .18em; text-transform: uppercase;
  text-align: center; font-variant-numeric: tabular-nums;}
.st-key-join-code .stTextInput input::placeholder {letter-spacing: .18em; opacity: .35;}
.st-key-join-pulse .stButton button {min-height: 4.5rem;}
[class*="st-key-join-row"] > * {flex: 1 1 0; min-width: 0;}
.st-key-join-pulse .stCaption p, .st-key-join-pulse [data-testid="stCaptionContainer"] {min-height: 2.6rem;}
.st-key-join-quiet .stButton button {min-height: 2.75rem;}
.cm-join-head {display: flex; align-items: baseline; justify-content: space-between; gap: 1rem;}
.cm-join-head strong {font-size: 1.35rem; font-weight: 650; overflow-wrap: anywhere;}
.cm-join-head span {white-space: nowrap; max-width: 50%; overflow: hidden; text-overflow: ellipsis;}
.cm-join-state {display: flex; align-items: center; gap: .55rem; padding: .55rem .8rem; border-radius: .6rem;
  background: color-mix(in srgb, currentColor 7%, transparent);}
.cm-join-state i {flex: none; width: .65rem; height: .65rem; border-radius: 50%; background: currentColor; opacity: .4;}
.cm-join-state.cm-on i {background: #2a8f83; opacity: 1;}
.cm-join-state.cm-wait i {background: #b98a1d; opacity: 1;}
.stHtml ul.cm-join-facts {list-style: none; margin: 0; padding: 0; display: grid; gap: .7rem;}
.stHtml ul.cm-join-facts li {display: grid; grid-template-columns: 1.6rem 1fr; gap: .6rem; margin: 0;}
.stHtml .cm-join-mood {min-height: 7.2rem; gap: .25rem;}
.stHtml .cm-join-mood strong {font-size: 1.5rem; line-height: 1.3;}
</style>"""
"""Touch targets are at least 44 px high (Apple's and WCAG 2.5.5's measure); the pulse's are 72."""

PULSE_WORDS: dict[PulseKind, tuple[str, str]] = {
    "got_it": ("I get it", ":material/thumb_up:"),
    "lost": ("I'm lost", ":material/help:"),
    "too_fast": ("Too fast", ":material/fast_forward:"),
    "bored": ("I'm bored", ":material/sentiment_neutral:"),
    "hand_up": ("Raise my hand", ":material/back_hand:"),
}
"""What a student's button says, and its picture."""
HAND_DOWN = ("Lower my hand", ":material/back_hand:")


def apply_join_look() -> None:
    """Set the page's measures."""
    st.html(LOOK)


def head_html(title: str, seat: str) -> str:
    """Return the class's title and the student's seat in one line.

    Args:
        title: As the teacher typed it, or "".
        seat: The nickname or the seat's number in words.
    """
    shown = escape(title) or "Your class"
    return f'<div class="cm-join-head"><strong>{shown}</strong><span class="cm-line">{escape(seat)}</span></div>'


def state_html(text: str, look: str = "") -> str:
    """Return one line that says how things are.

    Args:
        text: A short sentence.
        look: ``on`` where the student is counted, ``wait`` where something is awaited, "" where nothing happens.
    """
    dot = '<i aria-hidden="true"></i>'
    return f'<div class="cm-join-state cm-{look}" role="status">{dot}<span>{escape(text)}</span></div>'


def room_look(step: str) -> str:
    """Return the measures of one step: the own picture is large at the check, and small beside the mood in class."""
    check = (
        ".st-key-join-face {flex-direction: column;} .st-key-join-face > * {width: 100%;} "
        ".stHtml .cm-join-mood {min-height: 5.2rem;}"
    )
    room = ".st-key-join-face > :first-child {flex: 0 0 9rem; max-width: 9rem;}"
    return f"<style>{check if step == 'check' else room}</style>"
