"""Before a student has a seat: the code, what this class is, and how the student wants to take part."""

from __future__ import annotations

from typing import Literal, cast

import streamlit as st

from fer.classroom import sessions
from fer.classroom.law import CONSENT, CONSENT_TO_PULSE, notice_for_students
from fer.classroom.records import ClassRow, SeatRow
from fer.classroom.store import open_store
from fer.errors import FerError
from fer.ui.buttons import button_clicked, form_sent
from fer.ui.join_seat import Kept, Sitting, Step, camera_class, forget_seat_of, kept_seats, sit, still_there
from fer.ui.messages import plain, shown_errors
from fer.ui.theme import page_head

FOUND = "join.found"
PROBLEM = "join.problem"
TRIED = "join.tried"
READ = "join.read"
CODE = "join.code"
NICKNAME_MOST = 40
CODE_TYPED_MOST = 24
"""Eight characters, with room for spaces and dashes between them."""
MOST_LOOKED_UP = 20
"""Anybody can write names into a browser's memory, and each costs a question to the store."""


def show_start() -> None:
    """Show what comes before a seat: the code, then the notice, then the choice."""
    kept = kept_seats()
    if kept is None:
        st.html('<p class="cm-line" role="status">One moment …</p>')
        return
    _try_link(kept)
    row = cast("ClassRow | None", st.session_state.get(FOUND))
    if row is None and st.query_params.get("code") is None and _go_on(kept):
        st.rerun()
    if row is None:
        _show_code(kept)
    elif step_of_start() == "notice":
        _show_notice(row)
    else:
        _show_choice(row)


def step_of_start() -> str:
    """Return which step it is: ``code``, ``notice`` or ``choice``."""
    row = st.session_state.get(FOUND)
    if row is None:
        return "code"
    return "choice" if st.session_state.get(READ) == row.id else "notice"


def begin_again() -> None:
    """Go back to the code, with nothing typed."""
    for name in (FOUND, PROBLEM, TRIED, READ, CODE):
        st.session_state.pop(name, None)
    st.query_params.pop("code", None)
    st.rerun()


def address() -> str:
    """Return where this visitor comes from, for the count of failed tries; the server's own computer has none."""
    return st.context.ip_address or "localhost"


def _try_link(kept: dict[int, Kept]) -> None:
    """Look the link's code up, once: a rerun of the page is no further try."""
    code = st.query_params.get("code")
    if code is not None and st.session_state.get(TRIED) != code:
        _try(code, kept)


def _try(code: str, kept: dict[int, Kept]) -> None:
    st.session_state[TRIED] = code
    st.session_state.pop(FOUND, None)
    try:
        row = sessions.find_class(open_store(), code, address())
    except FerError as problem:
        st.session_state[PROBLEM] = str(problem)
        return
    st.session_state.pop(PROBLEM, None)
    # Who joined from this browser before gets the same seat, whether by a reload or by typing the code again.
    if row.id in kept and _rejoin(kept[row.id]) is not None:
        st.rerun()
    st.session_state[FOUND] = row


def _go_on(kept: dict[int, Kept]) -> bool:
    """Take the seat of the newest class that runs and was not left."""
    return any(not seat.left and _rejoin(seat) is not None for seat in list(kept.values())[:MOST_LOOKED_UP])


def _rejoin(kept: Kept) -> Sitting | None:
    joined = sessions.rejoin(open_store(), kept.token)
    if joined is None:
        return None
    camera = kept.camera and joined.seat.consent_at is not None
    # Who was still at the camera check, where nothing is counted, has not agreed to be counted by a reload.
    step: Step = "check" if camera and not kept.checked and not kept.left else "room"
    return sit(joined, camera=camera, step=step, paused=kept.paused and not kept.left)


def _show_code(kept: dict[int, Kept]) -> None:
    page_head("Join your class", "Type the code that your teacher shows you.")
    with st.container(key="join-code"), st.form("join.code_form", border=False):
        typed = st.text_input(
            "Class code",
            value=st.session_state.get(TRIED, ""),
            max_chars=CODE_TYPED_MOST,
            placeholder="ABCD2345",
            autocomplete="off",
            key=CODE,
        )
        pressed = form_sent(
            "Next",
            key="join.code_next",
            type="primary",
            width="stretch",
            icon=":material/arrow_forward:",
            icon_position="right",
        )
    problem = st.session_state.get(PROBLEM)
    if pressed:
        if typed and typed.strip():
            _try(typed.strip(), kept)
            if FOUND in st.session_state:
                # So that a reload, or the address sent to oneself, leads to the same class.
                st.query_params["code"] = typed.strip()
            st.rerun()
        problem = "Type the class code first: 8 letters and digits, as your teacher shows them."
    if problem:
        st.warning(plain(problem), icon=":material/search_off:")
    st.caption("No account and no real name needed. You can leave whenever you like.")
    _show_ended(kept)


def _show_ended(kept: dict[int, Kept]) -> None:
    """Offer to delete what is still there of the newest class that has ended; forget seats that are gone."""
    offered = False
    for class_id, seat in list(kept.items())[:MOST_LOOKED_UP]:
        there = still_there(seat.token)
        if there is None:
            forget_seat_of(class_id)
        elif there[0].state == "ended" and not offered:
            offered = True
            _offer_seat(*there, seat.token)


def _offer_seat(row: ClassRow, seat_row: SeatRow, token: str) -> None:
    st.divider()
    title = f"**{plain(row.settings.title)}**" if row.settings.title else "Your last class"
    st.markdown(f"{title} has ended. What was counted of you is deleted soon, or now if you like.")
    if button_clicked("See my seat there", width="stretch", key="join.ended"):
        sit(sessions.Joined(row, seat_row, token), camera=False, step="left")
        st.rerun()


def _show_notice(row: ClassRow) -> None:
    """Show what this class is and does."""
    page_head("Before you join", "Read this in peace: your class waits.")
    with st.container(key="join-notice"):
        st.markdown(notice_for_students(row.settings))
    if button_clicked("Go on", type="primary", icon=":material/arrow_forward:", icon_position="right", width="stretch",
                 key="join.read_on"):  # fmt: skip
        st.session_state[READ] = row.id
        st.rerun()
    if button_clicked("This is not my class", type="tertiary", width="stretch", key="join.other_class"):
        begin_again()


def _show_choice(row: ClassRow) -> None:
    """Let the student choose how to take part; nothing is chosen beforehand."""
    camera = camera_class(row)
    page_head(
        plain(row.settings.title or "Your class"), "How do you want to take part?" if camera else "Ready to join?"
    )
    # A form without Enter: what is typed into the nickname comes along, and cannot count as consent.
    with st.form("join.choice_form", border=False, enter_to_submit=False):
        nickname = st.text_input(
            "Nickname, only if you like",
            max_chars=NICKNAME_MOST,
            placeholder="Or stay a number",
            autocomplete="off",
            key="join.nickname",
        )
        opted_in = row.settings.per_seat and st.checkbox(
            "My teacher may also see me by myself, not only the class as a whole.", key="join.opted_in"
        )
        with_camera = camera and _agree("With my camera", CONSENT, "I agree: start my camera", "videocam", "primary")
        if camera:
            without = _agree("With clicks alone", CONSENT_TO_PULSE, "I agree: join without camera", "touch_app")
        else:
            without = _agree("", CONSENT_TO_PULSE, "I agree: join", "touch_app", "primary")
    if with_camera or without:
        with shown_errors():
            _join(nickname or "", bool(opted_in), with_camera)
    if button_clicked("Back", type="tertiary", width="stretch", icon=":material/arrow_back:", key="join.back"):
        st.session_state.pop(READ, None)
        st.rerun()


def _agree(
    title: str, consent: str, label: str, icon: str, kind: Literal["primary", "secondary"] = "secondary"
) -> bool:
    """Show one way to take part: what the student agrees to, and the button that says so."""
    with st.container(border=True):
        if title:
            st.markdown(f"**{title}**")
        st.markdown(consent)
        return form_sent(label, key=f"join.agree_{icon}", type=kind, width="stretch", icon=f":material/{icon}:")


def _join(nickname: str, opted_in: bool, camera: bool) -> None:
    joined = sessions.join(
        open_store(),
        st.session_state[TRIED],
        address(),
        nickname=nickname,
        consented=True,  # both buttons say so
        camera=camera,
        opted_in=opted_in,
    )
    sit(joined, camera=camera, step="check" if camera else "room")
    st.session_state.pop(FOUND, None)
    st.rerun()
