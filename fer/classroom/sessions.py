"""What a teacher and a student can do with a class; pages call this and know nothing of codes, digests or tables."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from fer.classroom.codes import TRIES, Tries, clean_code, code_digest, code_from, digest, new_token
from fer.classroom.law import lawful_mode
from fer.classroom.records import ClassRow, ClassSettings, PulseKind, SeatRow
from fer.classroom.store import Store
from fer.errors import InputError, JoinError

NICKNAME_LENGTH = 40
FLUSH_S = 2.0
"""So long the end of a class waits for its last rows to be written."""
JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Opened:
    """A class that was just opened.

    Attributes:
        row: The class.
        code: What students type.
        secret: What the teacher's link holds; whoever has it leads the class.
    """

    row: ClassRow
    code: str
    secret: str


@dataclass(frozen=True)
class Joined:
    """A student's seat, and the secret with which its browser comes back to it.

    Attributes:
        row: The class.
        seat: The seat.
        token: The seat's secret.
    """

    row: ClassRow
    seat: SeatRow
    token: str


def open_class(store: Store, settings: ClassSettings) -> Opened:
    """Open a class.

    Where faces may not be read (``fer.classroom.law``), it runs on the pulse, whatever mode was asked for.

    Raises:
        InputError: If a shared screen is to be read and the teacher did not attest that everyone agreed.
        DatabaseError: If the store does not answer.
    """
    settings = settings.model_copy(update={"mode": lawful_mode(settings)})
    if settings.mode == "gallery" and not settings.attested:
        raise InputError(
            "Students on a shared screen never open our page, so you must say that they were told and agreed. Read "
            "them the text, and tick the box when they have agreed."
        )
    secret = new_token()
    code = code_from(secret)
    return Opened(store.add_class(settings, code_digest(code), digest(secret)), code, secret)


def continue_class(store: Store, secret: str) -> ClassRow:
    """Return the class of a teacher's link, also one that has ended.

    Raises:
        JoinError: If the link leads to no class.
    """
    row = store.class_by_teacher(digest(secret))
    if row is None:
        raise JoinError(
            "This teacher's link leads to no class: it is cut off, or the class was deleted. Copy the whole link, or "
            "open a new class."
        )
    return row


def code_of(secret: str) -> str:
    """Return the code that students type, from the teacher's secret."""
    return code_from(secret)


def find_class(store: Store, code: str, address: str, tries: Tries = TRIES) -> ClassRow:
    """Return the running class of a code.

    Args:
        store: Where to look.
        code: As typed.
        address: Of the visitor's computer; only failed tries are counted by it.
        tries: Counts them.

    Raises:
        JoinError: If the code is none, leads to no class, the class has ended, or too many wrong ones were tried.
    """
    # What cannot be a code tells nobody anything, so it is no failed try: a letter too few is no guess.
    cleaned = clean_code(code)
    tries.check(address)
    row = store.class_by_code(code_digest(cleaned))
    if row is None:
        tries.failed(address)
        raise JoinError("No class has this code. Compare it letter by letter with your teacher's screen.")
    if row.state == "ended":
        raise JoinError("This class has ended, and its code with it. Ask your teacher for the new one.")
    return row


def join(
    store: Store,
    code: str,
    address: str,
    *,
    nickname: str = "",
    consented: bool,
    camera: bool = True,
    opted_in: bool = False,
    tries: Tries = TRIES,
) -> Joined:
    """Take a seat.

    Args:
        store: Where.
        code: As typed.
        address: See ``find_class``.
        nickname: As typed, or "".
        consented: Whether the student agreed to the consent of this class; without it there is no seat.
        camera: Whether the consent includes the student's camera; where it does not, the seat has clicks alone.
        opted_in: Whether the teacher may see the seat by itself; only where the class offers it.
        tries: Counts failed codes.

    Raises:
        JoinError: See ``find_class``; also without consent.
        ClassFullError: If no seat is left.
    """
    row = find_class(store, code, address, tries)
    if not consented:
        raise JoinError("Tick the box to take part. If you do not agree, you need not join: tell your teacher.")
    token = new_token()
    consent_at = store.now() if camera and row.settings.mode != "pulse" else None
    opted_in = opted_in and row.settings.per_seat
    seat = store.add_seat(row.id, digest(token), clean_nickname(nickname), consent_at, opted_in)
    return Joined(row, seat, token)


def rejoin(store: Store, token: str) -> Joined | None:
    """Return to one's seat; None where the class has ended or the seat was deleted."""
    seat = store.seat_by_token(digest(token))
    row = store.class_by_id(seat.class_id) if seat else None
    if seat is None or row is None or row.state == "ended":
        return None
    return Joined(row, seat, token)


def clean_nickname(text: str) -> str:
    r"""Return a nickname of at most 40 characters in one line, without what would break a page's lines.

    Any script and emoji may stand in it; it is escaped where it is shown.

    >>> clean_nickname("  Ada\n\tL. "), len(clean_nickname("x" * 10_000))
    ('Ada L.', 40)
    """
    # Joiners hold an emoji family together and Persian words apart; other signs without a glyph can turn or hide the
    # text around them.
    kept = "".join(c for c in text[:1000] if c in JOINERS or c.isspace() or unicodedata.category(c)[0] != "C")
    # Marks that pile up on one letter grow over the lines above it.
    calm, marks = [], 0
    for c in unicodedata.normalize("NFC", " ".join(kept.split())):
        marks = marks + 1 if unicodedata.combining(c) else 0
        if marks <= 2:
            calm.append(c)
    return "".join(calm[:NICKNAME_LENGTH]).strip().strip(JOINERS)


def choose_to_be_seen(store: Store, row: ClassRow, seat: SeatRow, opted_in: bool) -> SeatRow:
    """Let the teacher see a seat by itself, or no longer: as easily taken back as given (GDPR Art. 7(3)).

    Raises:
        DatabaseError: If the store does not answer; then it stays as it was.
    """
    return store.change_seat(seat.id, opted_in=opted_in and row.settings.per_seat)


def pulse(store: Store, seat: SeatRow, kind: PulseKind) -> None:
    """Count a student's click."""
    store.add_event(seat.class_id, "pulse", kind, seat.id)


def lower_hand(store: Store, seat: SeatRow) -> None:
    """Take a raised hand down."""
    store.add_event(seat.class_id, "hand_down", "", seat.id)


def pause(store: Store, row: ClassRow) -> ClassRow:
    """Pause the class: nothing is counted until it goes on."""
    return store.turn_class(row.id, ("open",), "paused", "paused")[0] or row


def resume(store: Store, row: ClassRow) -> ClassRow:
    """Let a paused class go on."""
    return store.turn_class(row.id, ("paused",), "open", "resumed")[0] or row


def end(store: Store, row: ClassRow) -> ClassRow:
    """End the class, and keep its report (aggregates only) if that was chosen. A class that has ended stays so.

    Rows that still wait in this process are written before; those of other processes come within a second or two, and
    a report that is made later has them.
    """
    ended, turned = store.turn_class(row.id, ("open", "paused"), "ended", "ended")
    if ended is not None and turned and ended.settings.keep_report:
        from fer.classroom.report import build_report
        from fer.classroom.writer import flush_writer

        flush_writer(store, FLUSH_S)
        store.save_report(row.id, build_report(store, ended))
    return ended or row


def forget(store: Store, seat: SeatRow) -> None:
    """Delete a seat with everything that was counted of it."""
    from fer.classroom.overview import forget_deleted

    store.forget_seat(seat.id)
    forget_deleted(store, seat.class_id)


def delete(store: Store, row: ClassRow) -> None:
    """Delete a class with everything of it, its report too."""
    from fer.classroom.overview import forget_deleted

    store.delete_class(row.id)
    forget_deleted(store, row.id)
