"""The student's page without a browser: its steps, its sentences, and what bad input does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.classroom import codes, sessions, store
from fer.classroom.codes import digest
from fer.classroom.live_seats import LIVE_SEATS
from fer.classroom.records import ClassSettings
from fer.classroom.seat import SeatView
from fer.classroom.store import Store, open_store
from fer.classroom.writer import open_writer
from fer.settings import ROOT
from fer.ui import join_menu, join_questions, join_seat, join_start
from fer.ui.join_look import head_html
from fer.ui.join_mood import HINTS, mood_html
from fer.ui.join_seat import MEMORY, Kept
from fer.ui.join_tabs import Tabs


@pytest.fixture(autouse=True)
def school(home: Path) -> Iterator[Store]:
    """A store of this test's own, as the page opens it."""
    store.open_store.cache_clear()
    open_writer.cache_clear()
    yield open_store()
    LIVE_SEATS.stop(10)
    open_writer().close()
    open_store().close()
    store.open_store.cache_clear()
    open_writer.cache_clear()


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a browser would remember: here there is none that could answer."""
    memory: dict[str, str] = {}
    monkeypatch.setattr(
        join_seat, "remembered", lambda prefix: {name: text for name, text in memory.items() if name.startswith(prefix)}
    )
    monkeypatch.setattr(join_seat, "remember", memory.__setitem__)
    monkeypatch.setattr(join_seat, "forget", lambda name: memory.pop(name, None))
    return memory


@pytest.fixture(autouse=True)
def tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed tries of other tests do not count here, and all come from one address: AppTest itself has none."""
    monkeypatch.setattr(sessions.find_class, "__defaults__", (codes.Tries(),))
    monkeypatch.setattr(join_start, "address", lambda: "198.51.100.7")


def join_page(code: str | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if code is not None:
        app.query_params["code"] = code
    app.switch_page("pages/join.py").run()
    assert not app.exception
    return app


def open_class(school: Store, **settings: object) -> sessions.Opened:
    return sessions.open_class(school, ClassSettings(title="Waves", course="Physics 9b", **settings))


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if label in button.label).click()
    app.run()
    assert not app.exception
    return app


def yes(app: AppTest) -> None:
    """Say yes in the dialog: AppTest runs no fragments, so what its button does is done here."""
    assert {"Yes, delete it all", "No, keep it"} <= set(labels(app))
    join_questions.delete(app.session_state["join.sitting"])
    app.run()
    assert not app.exception


def said(app: AppTest) -> str:
    parts = [*app.title, *app.markdown, *app.caption, *app.warning, *app.error]
    return " ".join([part.value for part in parts] + [part.proto.body for part in app.get("html")])


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def joined(school: Store, **settings: object) -> tuple[AppTest, sessions.Opened]:
    opened = open_class(school, mode="pulse", **settings)
    app = press(press(join_page(opened.code), "Go on"), "I agree: join")
    return app, opened


def test_the_first_step_asks_for_the_code_alone():
    app = join_page()
    assert app.title[0].value == "Join your class"
    assert [box.label for box in app.text_input] == ["Class code"]
    assert labels(app) == ["Next"]


@pytest.mark.parametrize("code", ["hello", "ABCDEFGHIJ", "<b>x</b>", "𝔸BCD2345", "ABCD 234", "\u202eABCD2345"])
def test_what_is_no_code_is_a_sentence(code: str):
    app = join_page()
    app.text_input(key="join.code").set_value(code)
    press(app, "Next")
    assert len(app.warning) == 1 and not app.error
    assert app.title[0].value == "Join your class"


def test_nothing_typed_is_a_sentence_and_no_failed_try():
    assert "8 letters" in press(join_page(), "Next").warning[0].value


def test_a_reload_of_a_wrong_link_is_one_failed_try(monkeypatch: pytest.MonkeyPatch):
    app = join_page("WWWWWWWW")
    assert "No class has this code" in app.warning[0].value.replace("\\", "")
    monkeypatch.setattr(sessions, "find_class", lambda *_: pytest.fail("asked again"))
    app.run()
    assert not app.exception and len(app.warning) == 1


def test_too_many_guesses_have_to_wait():
    (tries,) = sessions.find_class.__defaults__ or ()
    for _ in range(codes.ADDRESS_TRIES - 1):
        tries.failed("198.51.100.7")
    app = join_page()
    for sentence, letter in (("No class has this code", "W"), ("Too many wrong codes", "X")):
        app.text_input(key="join.code").set_value(f"WWWWWWW{letter}")
        press(app, "Next")
        assert sentence in app.warning[0].value


def test_the_notice_comes_before_the_choice_and_both_before_the_seat(school: Store):
    opened = open_class(school)
    app = join_page(opened.code)
    assert app.title[0].value == "Before you join" and "emotion recognition system" in said(app)
    assert "I agree" not in " ".join(labels(app))
    press(app, "Go on")
    assert labels(app) == ["I agree: start my camera", "I agree: join without camera", "Back"]
    assert not app.checkbox
    press(app, "Back")
    press(app, "This is not my class")
    assert app.title[0].value == "Join your class"
    assert school.seats(opened.row.id) == []


@pytest.mark.parametrize("region", ["eu", "elsewhere"])
def test_a_class_without_faces_never_speaks_of_a_camera_to_start(school: Store, region: str):
    opened = open_class(school, region=region, mode="cameras" if region == "eu" else "pulse")
    app = join_page(opened.code)
    press(app, "Go on")
    assert labels(app) == ["I agree: join", "Back"]
    press(app, "I agree: join")
    assert "camera" not in " ".join(labels(app))
    (seat,) = school.seats(opened.row.id)
    assert seat.consent_at is None


def test_without_a_camera_there_is_a_seat_without_consent_to_one(school: Store):
    opened = open_class(school)
    app = press(press(join_page(opened.code), "Go on"), "I agree: join without camera")
    (seat,) = school.seats(opened.row.id)
    assert seat.consent_at is None
    assert "Take part with my camera" in labels(app)


def test_only_who_is_offered_it_can_be_seen_alone(school: Store):
    opened = open_class(school, mode="pulse", per_seat=True)
    app = press(join_page(opened.code), "Go on")
    assert app.checkbox(key="join.opted_in").value is False
    app.checkbox(key="join.opted_in").check()
    press(app, "I agree: join")
    assert school.seats(opened.row.id)[0].opted_in
    assert "beside your seat" in said(app)
    # As easily taken back as given.
    app.toggle(key="join.seen_alone").set_value(False).run()
    assert not school.seats(opened.row.id)[0].opted_in and "not who" in said(app)
    app.toggle(key="join.seen_alone").set_value(True).run()
    assert school.seats(opened.row.id)[0].opted_in
    other = press(press(join_page(open_class(school, mode="pulse").code), "Go on"), "I agree: join")
    assert not other.toggle


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("  **Ada**  ", "**Ada**"),
        ("👩‍🔬 Zoë", "👩‍🔬 Zoë"),
        ("a\nb\x00\u202e", "a b"),
    ],
)
def test_nicknames_are_shown_as_they_are(school: Store, typed: str, kept: str):
    opened = open_class(school, mode="pulse")
    app = press(join_page(opened.code), "Go on")
    app.text_input(key="join.nickname").set_value(typed)
    press(app, "I agree: join")
    (seat,) = school.seats(opened.row.id)
    assert seat.nickname == kept
    shown = head_html("Waves", kept)
    assert shown in said(app) and "<img" not in shown


def test_a_title_is_text(school: Store):
    opened = sessions.open_class(school, ClassSettings(title="<script>x</script> ![y](http://x)", mode="pulse"))
    app = press(join_page(opened.code), "Go on")
    assert app.title[0].value == r"\<script\>x\</script\> \!\[y\]\(http\://x\)"
    press(app, "I agree: join")
    assert "<script>" not in said(app) and "&lt;script&gt;" in said(app)


def test_clicks_are_events_of_the_seat(school: Store):
    app, opened = joined(school)
    for label in ("I get it", "Raise my hand", "Lower my hand", "I'm lost"):
        press(app, label)
    (seat,) = school.seats(opened.row.id)
    events = [event for event in school.events(opened.row.id) if event.seat_id == seat.id]
    assert [(event.kind, event.value) for event in events] == [
        ("pulse", "got_it"),
        ("pulse", "hand_up"),
        ("hand_down", ""),
        ("pulse", "lost"),
    ]
    filled = [button.label for button in app.button if button.proto.type == "primary"]
    assert filled == ["I'm lost"]


def test_a_reload_goes_on_with_the_same_seat(school: Store, browser: dict[str, str]):
    app, opened = joined(school)
    press(app, "Raise my hand")
    for again in (join_page(), join_page(opened.code)):
        assert "Lower my hand" in labels(again)
    assert len(school.seats(opened.row.id)) == 1
    assert list(browser) == [f"{MEMORY}{opened.row.id}"]


@pytest.mark.parametrize("checked", [None, False, True])
def test_a_reload_of_the_camera_check_counts_nobody(
    school: Store, browser: dict[str, str], monkeypatch: pytest.MonkeyPatch, checked: bool | None
):
    monkeypatch.setattr("fer.ui.join_camera.show_camera", lambda *_: SimpleNamespace(kind="connecting"))
    opened = open_class(school)
    seat = sessions.join(school, opened.code, "198.51.100.7", consented=True)
    kept = {"token": seat.token, "camera": True, "paused": False, "left": False}
    browser[f"{MEMORY}{opened.row.id}"] = json.dumps(kept if checked is None else {**kept, "checked": checked})
    app = join_page()
    in_check = "First look at yourself" in said(app)
    assert in_check == (checked is not True)
    if in_check:
        join_menu.take_part(app.session_state["join.sitting"])
        app.run()
    assert json.loads(browser[f"{MEMORY}{opened.row.id}"])["checked"] is True


def test_a_tab_that_takes_over_ends_the_pause_of_the_other(
    school: Store, browser: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    app, _ = joined(school)
    sitting = app.session_state["join.sitting"]
    live = LIVE_SEATS.get(codes.digest(sitting.token))
    # Another tab paused the seat that all tabs share.
    live.pause()
    app.run()
    assert not live._paused
    sitting.paused = True
    app.run()
    assert live._paused


def test_what_others_write_into_the_browsers_memory_is_no_seat(school: Store, browser: dict[str, str]):
    for number, text in enumerate(("", "x", "[]", "{}", '{"token": 7}', '{"token": "made up"}', "null", '"text"')):
        browser[f"{MEMORY}{number}"] = text
    browser[f"{MEMORY}x"] = '{"token": "a"}'
    assert join_page().title[0].value == "Join your class"
    # What looks like a seat and is none (any more) is cleared away.
    assert f"{MEMORY}5" not in browser


def test_until_the_browser_has_answered_nothing_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(join_seat, "remembered", lambda prefix: None)
    app = join_page()
    assert "One moment" in said(app) and not app.text_input and not app.button


def test_pause_leave_come_back(school: Store, browser: dict[str, str]):
    app, opened = joined(school)
    press(app, "Pause")
    assert all(button.disabled for button in app.button if (button.key or "").startswith("join.pulse"))
    assert json.loads(browser[f"{MEMORY}{opened.row.id}"])["paused"]
    press(app, "Go on")
    press(app, "Leave")
    assert "You have left" in said(app)
    assert json.loads(browser[f"{MEMORY}{opened.row.id}"])["left"]
    # Another page of the same browser does not go on by itself, but the code gives the same seat.
    assert join_page().title[0].value == "Join your class"
    press(app, "Come back")
    assert "I get it" in labels(app)
    assert len(school.seats(opened.row.id)) == 1


def test_deleting_takes_everything_and_is_asked_for_once_more(school: Store, browser: dict[str, str]):
    app, opened = joined(school)
    press(app, "I'm bored")
    press(app, "Delete what was counted")
    assert len(school.seats(opened.row.id)) == 1
    yes(app)
    assert "All deleted" in said(app)
    assert school.seats(opened.row.id) == [] and school.events(opened.row.id) == [] and browser == {}
    press(app, "Back to the start")
    assert app.title[0].value == "Join your class"


def test_after_the_class_one_can_still_delete(school: Store):
    app, opened = joined(school, keep_report=False)
    sessions.end(school, opened.row)
    app.run()
    assert "has ended" in said(join_page(opened.code))
    again = press(join_page(), "See my seat there")
    assert "The class has ended" in said(again)
    yes(press(again, "Delete what was counted"))
    assert school.seats(opened.row.id) == []


def test_a_seat_that_was_deleted_elsewhere(school: Store):
    app, opened = joined(school)
    LIVE_SEATS.close(digest(app.session_state["join.sitting"].token))
    sessions.forget(school, school.seats(opened.row.id)[0])
    app.run()
    assert not app.exception and "All deleted" in said(app)


def test_a_locked_database_is_a_sentence_and_the_buttons_stay(school: Store, home: Path):
    app, opened = joined(school)
    with closing(sqlite3.connect(home / "classmood.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        press(app, "I'm lost")
        assert len(app.warning) == 1 and "I'm lost" in labels(app)
        assert all(button.proto.type != "primary" for button in app.button)
        other.rollback()
    press(app, "I'm lost")
    assert not app.warning
    assert [event.value for event in school.events(opened.row.id) if event.kind == "pulse"] == ["lost"]


def test_a_full_class_says_so(school: Store, browser: dict[str, str], configure: Callable[..., None]):
    configure(FER_MAX_SEATS=1)
    _, opened = joined(school)
    browser.clear()
    other = press(press(join_page(opened.code), "Go on"), "I agree: join")
    assert len(other.error) == 1 and "I agree: join" in labels(other)
    assert len(school.seats(opened.row.id)) == 1


def test_the_last_tab_has_the_seat():
    tabs = Tabs()
    tabs.claim(1, "a")
    assert tabs.owns(1, "a") and not tabs.another_rests(1)
    tabs.claim(1, "b")
    assert tabs.owns(1, "b") and not tabs.owns(1, "a")
    # Only a tab that is open can say that it rests: after a reload there is none.
    assert not tabs.another_rests(1)
    tabs.rest(1)
    assert tabs.another_rests(1) and not tabs.another_rests(1)
    assert tabs.owns(2, "c")


@pytest.mark.parametrize("text", ["", "{", "[1]", "7", "null", '{"token": ""}', '{"token": null}'])
def test_a_memory_that_is_none(text: str):
    assert Kept.read(text) is None


def view(hint: str, face: bool = True, unsure: bool = False) -> SeatView:
    mood = np.array([0.02, 0.01, 0.02, 0.82, 0.03, 0.05, 0.05]) if face else None
    emotion, confidence = ("happy", 0.82) if face else ("", 0.0)
    return SeatView(face, mood, emotion, confidence, unsure, 0.9, hint, 0.6, None, "", 2.0, 0.1, "")  # type: ignore[arg-type]


@pytest.mark.parametrize("hint", list(HINTS))
def test_every_hint_says_what_to_do(hint: str):
    html = mood_html(view(hint, face=hint not in ("no_face", "black")))
    assert HINTS[hint][0] in html and HINTS[hint][1] in html


def test_unsure_is_no_mood():
    assert "<strong>Hard to say" in mood_html(view("none", unsure=True))
    assert "happy" in mood_html(view("none")) and "82 % sure" in mood_html(view("none"))
