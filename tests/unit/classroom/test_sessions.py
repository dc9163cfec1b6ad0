"""What a teacher and a student can do, from opening to forgetting; and what is refused with a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer.classroom import sessions
from fer.classroom.codes import (
    ADDRESS_TRIES,
    ALPHABET,
    PROCESS_TRIES,
    Tries,
    clean_code,
    code_from,
    new_token,
)
from fer.classroom.records import ClassSettings
from fer.classroom.store import Store
from fer.errors import InputError, JoinError


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


def test_codes_have_no_look_alikes_and_differ():
    codes = {code_from(new_token()) for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) == set(ALPHABET) and not set(ALPHABET) & set("01OIL")


@pytest.mark.parametrize("typed", ["k7mx3qpd", " K7MX-3QPD ", "k7mx 3qpd", "K7M X3Q-PD\n"])
def test_a_code_is_read_as_people_type_it(typed: str):
    assert clean_code(typed) == "K7MX3QPD"


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_code_or_a_sentence(typed: str):
    try:
        code = clean_code(typed)
    except JoinError as problem:
        assert "8 letters and digits" in str(problem)
    else:
        assert len(code) == 8 and not set(code) - set(ALPHABET)


def test_a_class_in_an_eu_school_runs_on_the_pulse(store: Store):
    for mode in ("cameras", "gallery"):
        settings = ClassSettings(mode=mode, region="eu", purpose="education", attested=True)
        assert sessions.open_class(store, settings).row.settings.mode == "pulse"
    opened = sessions.open_class(store, ClassSettings(region="eu"))
    joined = sessions.join(store, opened.code, "a", consented=True)
    assert joined.seat.consent_at is None, "no camera is consented to where there is none"


def test_a_shared_screen_needs_the_teachers_word(store: Store):
    with pytest.raises(InputError, match="told and agreed"):
        sessions.open_class(store, ClassSettings(mode="gallery"))
    assert sessions.open_class(store, ClassSettings(mode="gallery", attested=True)).row.settings.mode == "gallery"


def test_nobody_joins_without_consent_with_a_wrong_code_or_after_the_end(store: Store):
    opened = sessions.open_class(store, ClassSettings())
    with pytest.raises(JoinError, match="Tick the box"):
        sessions.join(store, opened.code, "a", consented=False)
    with pytest.raises(JoinError, match="No class has this code"):
        sessions.find_class(store, code_from("another"), "a", Tries())
    sessions.end(store, opened.row)
    with pytest.raises(JoinError, match="has ended"):
        sessions.join(store, opened.code, "a", consented=True)
    assert store.seats(opened.row.id) == []


def test_only_failed_tries_are_counted(store: Store):
    opened, tries = sessions.open_class(store, ClassSettings()), Tries()
    for _ in range(3 * ADDRESS_TRIES):
        assert sessions.find_class(store, opened.code, "school", tries) == opened.row
    for _ in range(ADDRESS_TRIES):
        with pytest.raises(JoinError, match="8 letters"):
            sessions.find_class(store, "nonsense!", "guesser", tries)
        with pytest.raises(JoinError, match="No class has"):
            sessions.find_class(store, "ABCDEFGH", "guesser", tries)
    with pytest.raises(JoinError, match="Too many wrong codes"):
        sessions.find_class(store, opened.code, "guesser", tries)
    assert sessions.find_class(store, opened.code, "school", tries) == opened.row


def test_a_school_of_five_hundred_that_types_at_once_gets_in(store: Store):
    opened, tries = sessions.open_class(store, ClassSettings()), Tries()
    for n in range(500):
        if n % 10 == 0:
            wrong = opened.code[:-1] + ALPHABET[(ALPHABET.index(opened.code[-1]) + 1 + n // 10 % 30) % len(ALPHABET)]
            with pytest.raises(JoinError, match="No class has"):
                sessions.find_class(store, wrong, "school", tries)
        if n % 10 == 5:
            with pytest.raises(JoinError, match="8 letters"):
                sessions.find_class(store, opened.code[:-1], "school", tries)
        assert sessions.find_class(store, opened.code, "school", tries) == opened.row


def test_many_addresses_together_are_stopped_too():
    tries = Tries()
    for n in range(PROCESS_TRIES):
        tries.failed(f"10.0.{n // 250}.{n % 250}")
    with pytest.raises(JoinError, match="Too many"):
        tries.check("192.0.2.1")


def test_failed_tries_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch):
    from fer.classroom import codes

    now = [100.0]
    monkeypatch.setattr(codes.time, "monotonic", lambda: now[0])
    tries = Tries()
    for _ in range(ADDRESS_TRIES):
        tries.failed("a")
    with pytest.raises(JoinError):
        tries.check("a")
    now[0] += 61
    tries.check("a")


def test_a_seat_is_found_again_until_the_class_ends(store: Store):
    opened = sessions.open_class(store, ClassSettings())
    joined = sessions.join(store, opened.code, "a", nickname="Ada", consented=True, opted_in=True)
    back = sessions.rejoin(store, joined.token)
    assert back is not None and back.seat == joined.seat
    assert joined.seat.opted_in is False, "this class offers no view of single seats"
    assert sessions.rejoin(store, "guessed") is None
    sessions.end(store, opened.row)
    assert sessions.rejoin(store, joined.token) is None


def test_the_teachers_link_continues_the_class_and_shows_its_code(store: Store):
    opened = sessions.open_class(store, ClassSettings(title="Waves"))
    assert sessions.continue_class(store, opened.secret) == opened.row
    assert sessions.code_of(opened.secret) == opened.code
    with pytest.raises(JoinError, match="leads to no class"):
        sessions.continue_class(store, opened.secret[:-1])


def test_pause_resume_end_each_once(store: Store):
    row = sessions.open_class(store, ClassSettings(keep_report=False)).row
    for turn in (sessions.pause, sessions.pause, sessions.resume, sessions.resume, sessions.end, sessions.end):
        row = turn(store, row)
    assert row.state == "ended" and row.ended is not None
    assert [event.kind for event in store.events(row.id)] == ["paused", "resumed", "ended"]
    assert sessions.resume(store, row).state == "ended" and store.report(row.id) is None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("  Ada \n Lovelace ", "Ada Lovelace"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩‍👩‍👧‍👦 família", "👩‍👩‍👧‍👦 família"),
        ("x" * 10_000, "x" * 40),
        ("evil\u202etxt.exe\x00\x1b[31m", "eviltxt.exe[31m"),
        ("محمد", "محمد"),
        ("", ""),
        ("Z" + "\u0301\u0316\u0317\u0318" * 9, None),
    ],
)
def test_nicknames(store: Store, typed: str, shown: str | None):
    opened = sessions.open_class(store, ClassSettings())
    nickname = sessions.join(store, opened.code, "a", nickname=typed, consented=True).seat.nickname
    if shown is not None:
        assert nickname == shown
    assert sum(unicodedata.combining(c) > 0 for c in nickname) <= 3
    assert [seat.nickname for seat in store.seats(opened.row.id)] == [nickname]


@given(st.text(max_size=200))
def test_a_nickname_is_short_one_line_and_stable(typed: str):
    nickname = sessions.clean_nickname(typed)
    assert len(nickname) <= 40 and len(nickname.splitlines()) <= 1
    assert sessions.clean_nickname(nickname) == nickname
