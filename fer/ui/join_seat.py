"""What a tab knows of its student's seat: which it is, how far the student got, and what the browser remembers."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Literal, cast

import streamlit as st

from fer.classroom.codes import digest
from fer.classroom.law import lawful_mode
from fer.classroom.records import ClassRow, PulseKind, SeatRow
from fer.classroom.sessions import Joined
from fer.classroom.store import open_store
from fer.ui.browser_memory import forget, remember, remembered
from fer.ui.join_tabs import TABS

SITTING = "join.sitting"
TAB = "join.tab"
MEMORY = "classmood.seat."
"""Names in the browser's memory begin so, and end with the class's number."""
Step = Literal["check", "room", "left", "deleted"]


@dataclass
class Sitting:
    """A student's seat as this tab has it.

    Attributes:
        row: The class, as it was read last.
        seat: The seat.
        token: Which shows that the seat is this browser's.
        camera: Whether the student wants the camera on; only ever True after consent.
        step: The camera check, the class, after leaving, after everything was deleted.
        paused: Whether the student asked for a pause.
        pulse: What was clicked last, or None.
        pulse_at: When, by the store's clock.
        hand_up: Whether the hand is raised.
    """

    row: ClassRow
    seat: SeatRow
    token: str
    camera: bool
    step: Step
    paused: bool = False
    pulse: PulseKind | None = None
    pulse_at: float = 0.0
    hand_up: bool = False

    @property
    def name(self) -> str:
        """The nickname, or the seat's number in words."""
        return self.seat.nickname or f"Seat {self.seat.number}"

    @property
    def may_use_camera(self) -> bool:
        """Whether this class looks at faces of students' own cameras at all."""
        return camera_class(self.row)


@dataclass(frozen=True)
class Kept:
    """What the browser remembers of a seat, so that a reload goes on as it was.

    Attributes:
        token: Of the seat.
        camera: Whether the camera was on: one that was off stays off.
        paused: Whether the student had asked for a pause.
        left: Whether the student had left: then nothing goes on by itself.
        checked: Whether the student had gone from the camera check into the class.
    """

    token: str
    camera: bool = False
    paused: bool = False
    left: bool = False
    checked: bool = False

    @staticmethod
    def read(text: str) -> Kept | None:
        """Return what a browser handed over, or None where it is not ours: anybody can write there."""
        try:
            found = json.loads(text)
            token = found["token"]
        except (ValueError, TypeError, KeyError):
            return None
        if not isinstance(token, str) or not token:
            return None
        return Kept(token, *(found.get(name) is True for name in ("camera", "paused", "left", "checked")))


def camera_class(row: ClassRow) -> bool:
    """Whether a class looks at faces of students' own cameras."""
    return lawful_mode(row.settings) == "cameras"


def tab() -> str:
    """Return this tab's own name."""
    return cast(str, st.session_state.setdefault(TAB, secrets.token_hex(8)))


def sitting() -> Sitting | None:
    """Return the seat of this tab, or None."""
    return cast("Sitting | None", st.session_state.get(SITTING))


def sit(joined: Joined, *, camera: bool, step: Step, paused: bool = False) -> Sitting:
    """Take a seat in this tab; another tab that has it rests from now on."""
    seat = Sitting(joined.row, joined.seat, joined.token, camera and camera_class(joined.row), step, paused)
    _recall_clicks(seat)
    TABS.claim(joined.seat.id, tab())
    st.session_state[SITTING] = seat
    return seat


def stand_up() -> None:
    """Forget the seat in this tab; the browser's memory is another thing."""
    st.session_state.pop(SITTING, None)


def keep_in_browser(seat: Sitting) -> None:
    """Have the browser remember the seat, or forget it where everything was deleted. Call it in every run."""
    name = f"{MEMORY}{seat.row.id}"
    if seat.step == "deleted":
        forget(name)
        return
    kept = {"token": seat.token, "camera": seat.camera, "paused": seat.paused, "left": seat.step == "left",
            "checked": seat.step == "room"}  # fmt: skip
    remember(name, json.dumps(kept))


def forget_seat_of(class_id: int) -> None:
    """Have the browser forget its seat in a class that is gone."""
    forget(f"{MEMORY}{class_id}")


def kept_seats() -> dict[int, Kept] | None:
    """Return the seats that this browser remembers by class id, newest class first; None until it has answered."""
    found = remembered(MEMORY)
    if found is None:
        return None
    seats = {}
    for name, text in found.items():
        number, kept = name.removeprefix(MEMORY), Kept.read(text)
        if number.isdecimal() and kept is not None:
            seats[int(number)] = kept
    return dict(sorted(seats.items(), reverse=True))


def still_there(token: str) -> tuple[ClassRow, SeatRow] | None:
    """Return class and seat of a token also where the class has ended, as long as the seat was not deleted."""
    store = open_store()
    seat = store.seat_by_token(digest(token))
    row = store.class_by_id(seat.class_id) if seat is not None else None
    return (row, seat) if row is not None and seat is not None else None


def _recall_clicks(sitting: Sitting) -> None:
    """Look up what the student clicked before a reload, so that a raised hand can be lowered."""
    for event in open_store().events(sitting.row.id):
        if event.seat_id != sitting.seat.id:
            continue
        if event.kind == "hand_down":
            sitting.hand_up = False
        elif event.kind == "pulse" and event.value == "hand_up":
            sitting.hand_up = True
        elif event.kind == "pulse":
            sitting.pulse, sitting.pulse_at = cast(PulseKind, event.value), event.t
