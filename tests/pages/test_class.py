"""The teacher's page without a browser: the lawful gate, what is opened, and what a lost link or database says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.classroom import overview, sessions, store
from fer.classroom.law import ATTESTATION
from fer.classroom.records import ClassSettings, EventRow, SecondRow
from fer.classroom.store import Store, open_store
from fer.classroom.writer import open_writer
from fer.errors import DatabaseError
from fer.settings import ROOT, settings
from fer.ui import class_corner, class_formula, class_link, class_live

EU, ELSEWHERE = "eu", "elsewhere"


@pytest.fixture(autouse=True)
def school(home: Path) -> Iterator[Store]:
    """A store of this test's own, as the page opens it."""
    store.open_store.cache_clear()
    open_writer.cache_clear()
    overview._watches.clear()
    yield open_store()
    for watch in overview._watches.values():
        watch._looked = 0.0
    open_writer().close()
    open_store().close()
    store.open_store.cache_clear()
    open_writer.cache_clear()


@pytest.fixture(autouse=True)
def browser(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a browser would remember: here there is none that could answer."""
    memory: dict[str, str] = {}
    monkeypatch.setattr(class_link, "remembered", lambda prefix: dict(memory))
    monkeypatch.setattr(class_link, "remember", memory.__setitem__)
    monkeypatch.setattr(class_link, "forget", lambda name: memory.pop(name, None))
    return memory


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The HTML of the page's own blocks by key; AppTest knows nothing of components."""
    found: dict[str, str] = {}
    for module in (class_live, class_formula, class_corner):
        monkeypatch.setattr(module, "calm_html", lambda html, key: found.__setitem__(key, html))
    return found


def class_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page("pages/class.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def choose(app: AppTest, region: str, purpose: str = "education") -> AppTest:
    app.radio(key="class.region").set_value(region)
    return app.selectbox(key="class.purpose").set_value(purpose).run()


def fed(school: Store, seats: int, **chosen: object) -> sessions.Opened:
    """Open a class in which so many happy faces are there now."""
    opened = sessions.open_class(school, ClassSettings.model_validate({"title": "Fractions", **chosen}))
    now = int(school.now())
    mood = np.array([0, 0, 0, 0.8, 0, 0, 0.2])
    for _ in range(seats):
        seat = sessions.join(school, opened.code, "here", consented=True).seat
        school.add_seconds(opened.row.id, [SecondRow(seat.id, t, "mood", mood, 1.0, 0.6) for t in range(now - 8, now)])
    return opened


def events(school: Store, opened: sessions.Opened, kind: str) -> list[EventRow]:
    return [event for event in school.events(opened.row.id) if event.kind == kind]


def test_nothing_is_opened_before_region_and_purpose_are_said():
    app = class_page()
    assert not [button for button in app.button if button.key == "class.open"]
    assert app.radio(key="class.region").value is None and app.selectbox(key="class.purpose").value is None


@pytest.mark.parametrize("purpose", ["education", "work"])
def test_in_the_eu_faces_are_off_and_the_reason_is_said(school: Store, purpose: str):
    app = choose(class_page(), EU, purpose)
    assert "5(1)(f)" in app.warning[0].value
    assert [radio.key for radio in app.radio] == ["class.region", "class.mode_only"]
    app.button(key="class.open").click().run()
    assert not app.exception
    (row,) = school.classes()
    assert row.settings.mode == "pulse" and row.settings.region == "eu" and row.settings.purpose == purpose


def test_a_class_is_opened_as_chosen(school: Store, shown: dict[str, str], browser: dict[str, str]):
    app = class_page()
    app.text_input(key="class.title").set_value(" Fractions ").run()
    app.text_input(key="class.course").set_value("7b").run()
    choose(app, ELSEWHERE)
    app.number_input(key="class.min_shown").set_value(3).run()
    app.toggle(key="class.per_seat").set_value(True).run()
    app.toggle(key="class.keep_report").set_value(False).run()
    app.button(key="class.open").click().run()
    assert not app.exception
    (row,) = school.classes()
    settings = row.settings
    assert (settings.title, settings.course, settings.mode) == ("Fractions", "7b", "cameras")
    assert (settings.min_shown, settings.per_seat, settings.keep_report) == (3, True, False)
    # The page that follows shows the code in large letters, and the browser remembers the link.
    code = re.sub(r"<[^>]+>", "", shown["class.join"])
    secret = app.session_state["class.secret"]
    assert sessions.code_of(secret) in code.replace(" ", "")
    assert secret in browser[f"classmood.class.{row.id}"] and secret not in shown["class.join"] + shown["class.head"]


def test_a_shared_screen_needs_the_teachers_word(school: Store):
    app = choose(class_page(), ELSEWHERE)
    app.radio(key="class.mode").set_value("gallery").run()
    assert any("emotion recognition system" in code.value for code in app.code)
    assert app.button(key="class.open").disabled
    # What is attested is read whole: a checkbox's own label is cut off at the end of its line.
    assert ATTESTATION in [text.value for text in app.markdown] and len(app.checkbox(key="class.attested").label) < 32
    app.checkbox(key="class.attested").check().run()
    app.button(key="class.open").click().run()
    (row,) = school.classes()
    assert row.settings.mode == "gallery" and row.settings.attested


def test_the_least_number_cannot_be_chosen_lower_than_three():
    app = choose(class_page(), ELSEWHERE)
    assert app.number_input(key="class.min_shown").min == 3


def test_a_class_is_shown_by_its_link(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)
    assert not app.error and "Fractions" in shown["class.head"]
    assert '<div class="cm-here-count">6</div>' in shown["class.now"] and "happy" in shown["class.now"]
    assert "cm-value" in shown["class.now"] and ">–</text>" not in shown["class.now"]
    assert "Nothing needs your attention" in shown["class.note"]
    assert "cm-story" in shown["class.story"] and "cm-sum" in shown["class.adds"]


def test_few_people_are_a_head_count(school: Store, shown: dict[str, str]):
    opened = fed(school, 4)
    class_page(teacher=opened.secret)
    assert '<div class="cm-here-count">4</div>' in shown["class.now"] and ">–</text>" in shown["class.now"]
    assert "5 people" in shown["class.note"] and "cm-sum" not in shown["class.adds"]


@pytest.mark.parametrize("secret", ["", "guessed", "x" * 5000, "<b>", "a b"])
def test_a_wrong_link_is_said_and_leads_on(secret: str):
    app = class_page(teacher=secret)
    if not secret:
        assert app.radio(key="class.region")
        return
    assert "leads to no class" in app.warning[0].value
    app.button(key="class.new").click().run()
    assert app.radio(key="class.region").value is None


def test_a_class_of_another_browser_is_not_shown(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(**{"class": str(opened.row.id)})
    assert "does not have the link" in app.warning[0].value and "class.now" not in shown


def test_this_browsers_class_is_found_by_its_number(school: Store, shown: dict[str, str], browser: dict[str, str]):
    opened = fed(school, 6)
    browser[f"classmood.class.{opened.row.id}"] = class_link.link_text(opened.row, opened.secret)
    class_page(**{"class": str(opened.row.id)})
    assert '<div class="cm-here-count">6</div>' in shown["class.now"]
    # From the opening it is one click away.
    app = class_page()
    app.button(key=f"class.continue_{opened.row.id}").click().run()
    assert app.session_state["class.secret"] == opened.secret


@pytest.mark.parametrize("text", ["nonsense", '{"secret": "x", "title": "t", "course": "c", "started": 1}'])
def test_what_others_wrote_into_the_browser_does_no_harm(browser: dict[str, str], text: str):
    browser["classmood.class.1"] = browser["classmood.class.²"] = text
    app = class_page(**{"class": "1"})
    assert app.warning


def test_topics_are_added_renamed_and_deleted(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)
    app.button(key="class.topic_new").click().run()
    (topic,) = events(school, opened, "topic")
    assert topic.value == "Topic 1" and "Topic 1" in shown["class.story"]
    app.text_input(key=f"class.topic_text_{topic.id}").set_value("<i>Pizza</i>").run()
    assert events(school, opened, "topic")[0].value == "<i>Pizza</i>"
    assert "&lt;i&gt;Pizza" in shown["class.story"] and "<i>Pizza" not in shown["class.story"]
    app.text_input(key=f"class.topic_edit_{topic.id}").set_value("Pizza").run()
    assert app.text_input(key=f"class.topic_text_{topic.id}").value == "Pizza"
    app.text_input(key=f"class.topic_text_{topic.id}").set_value("  ").run()
    assert events(school, opened, "topic")[0].value == "Pizza"
    app.button(key=f"class.topic_delete_{topic.id}").click().run()
    assert not events(school, opened, "topic") and not app.exception


def test_an_alert_is_shown_until_it_was_seen(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    school.add_event(opened.row.id, "alert", "40 % of those present are lost or find it too fast.")
    app = class_page(teacher=opened.secret)
    assert "cm-alert" in shown["class.note"] and "40 %" in shown["class.note"]
    app.button(key="class.acknowledge").click().run()
    (seen,) = events(school, opened, "acknowledged")
    assert seen.value == str(events(school, opened, "alert")[0].id)
    assert "cm-alert" not in shown["class.note"]


def test_pause_and_on_and_end(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)
    app.button(key="class.pause").click().run()
    assert school.class_by_id(opened.row.id).state == "paused" and "paused" in shown["class.note"]  # type: ignore[union-attr]
    app.button(key="class.resume").click().run()
    assert school.class_by_id(opened.row.id).state == "open"  # type: ignore[union-attr]
    sessions.end(school, opened.row)
    app = class_page(teacher=opened.secret)
    assert any("has ended" in text.value for text in app.markdown) and school.report(opened.row.id) is not None
    app.button(key="class.another").click().run()
    assert app.radio(key="class.region").value is None


def test_an_ended_class_without_a_report_says_what_is_left(school: Store):
    opened = fed(school, 6, keep_report=False)
    sessions.end(school, opened.row)
    app = class_page(teacher=opened.secret)
    assert "not kept" in app.info[0].value
    school.clear_class(opened.row.id)
    app = class_page(teacher=opened.secret)
    assert app.info or app.warning
    assert not app.error and not app.exception


def test_formula_weights_and_alerts_are_saved_with_the_class(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)
    assert app.button(key="class.formula_use").disabled
    app.number_input(key="class.weight_happy").set_value(1.0).run()
    app.button(key="class.formula_use").click().run()
    settings = school.class_by_id(opened.row.id).settings  # type: ignore[union-attr]
    assert settings.weights == {"happy": 1.0} and settings.formula == "emotions"
    assert "weights of your own" in events(school, opened, "formula")[0].value
    app.selectbox(key="class.formula").set_value("valence").run()
    assert any("Russell" in caption.value for caption in app.caption) and app.latex
    app.button(key="class.formula_use").click().run()
    assert school.class_by_id(opened.row.id).settings.formula == "valence"  # type: ignore[union-attr]
    assert "arousal" in shown["class.adds"]
    app.slider(key="class.alerts_below").set_value(0.25).run()
    app.button(key="class.alerts_save").click().run()
    assert school.class_by_id(opened.row.id).settings.alerts.engagement_below == 0.25  # type: ignore[union-attr]
    assert not app.error and not app.exception


def test_a_class_of_clicks_has_no_moods_and_no_formula(school: Store, shown: dict[str, str]):
    opened = fed(school, 0, mode="pulse", region="eu")
    app = class_page(teacher=opened.secret)
    assert "cm-moods" not in shown["class.now"] and "cm-clicks" in shown["class.now"]
    assert not [box for box in app.selectbox if box.key == "class.formula"]


def test_seats_that_opted_in_are_a_table_of_their_own(school: Store, shown: dict[str, str]):
    opened = fed(school, 6, per_seat=True)
    seat = sessions.join(school, opened.code, "here", nickname="<b>Mia</b>", consented=True, opted_in=True).seat
    now = int(school.now())
    school.add_seconds(
        opened.row.id, [SecondRow(seat.id, t, "mood", np.full(7, 1 / 7), 1.0, 0.5) for t in range(now - 5, now)]
    )
    class_page(teacher=opened.secret)
    assert "&lt;b&gt;Mia" in shown["class.seats"] and "Seat 1<" not in shown["class.seats"]


def test_the_small_view_alone(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret, view="corner")
    assert "class.corner" in shown and "class.now" not in shown and not app.button


def test_a_database_that_is_gone_leaves_the_last_view(
    school: Store, shown: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)

    def gone(*_: Any, **__: Any) -> Any:
        raise DatabaseError("The database does not answer. It is tried again.")

    with monkeypatch.context() as broken:
        for name in ("class_by_teacher", "class_by_id", "seats", "seconds", "events", "add_event"):
            broken.setattr(school, name, gone)
        until = time.monotonic() + 20
        while not overview._watches[opened.row.id].problem:
            assert time.monotonic() < until, "the watch did not notice"
            time.sleep(0.05)
        shown.clear()
        app.button(key="class.code").click().run()
        assert not app.exception
        assert '<div class="cm-here-count">6</div>' in shown["class.now"] and "does not answer" in shown["class.note"]
        app.button(key="class.topic_new").click().run()
        assert "does not answer" in app.error[0].value and not app.exception
        # Who has seen nothing yet gets the sentence.
        fresh = class_page(teacher=opened.secret)
        assert "does not answer" in fresh.error[0].value


def test_no_part_of_the_page_fails_unseen(school: Store):
    for mode in ("cameras", "pulse"):
        for seats in (0, 3, 6):
            app = class_page(teacher=fed(school, seats, mode=mode).secret)
            assert not app.error and not app.exception


def drop_a_chat(app: AppTest, opened: sessions.Opened) -> AppTest:
    """Drop a saved chat of Zoom, of the class's first seconds, by six people."""
    begun = datetime.fromtimestamp(opened.row.started, UTC)
    lines = [f"{begun:%H:%M:%S}\t From Nickname{n} to Everyone:\t I hate this, it is awful" for n in range(6)]
    app.file_uploader(key="class.chat_file").set_value([("chat.txt", "\n".join(lines).encode(), "text/plain")]).run()
    assert not app.exception
    return app


def test_a_class_without_voice_and_chat_looks_as_ever(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)
    assert "Signals" not in shown["class.story"] and "cm-row-signals" not in shown["class.story"]
    assert not [group for group in app.button_group if "signals" in str(group.key)]
    assert not app.toggle(key="class.voice_on").value, "the microphone is off until somebody wants it"


def test_a_chat_is_laid_over_the_class_and_can_be_switched_off(school: Store, shown: dict[str, str]):
    opened = fed(school, 6)
    school.change_class(opened.row.id, started=float(int(opened.row.started) - 300))
    opened = replace(opened, row=school.class_by_id(opened.row.id))
    app = drop_a_chat(class_page(teacher=opened.secret), opened)
    assert any("6 of its 6 messages were written during the class" in one.value for one in app.markdown)
    assert school.heard.of(opened.row.id) == [], "nothing is kept before the teacher says so"
    app.button(key="class.chat_lay").click().run()
    assert not app.exception
    (row,) = school.heard.of(opened.row.id)
    assert (row.kind, row.length_s, row.count) == ("text", 60, 6.0)
    assert "cm-row-signals" in shown["class.story"] and "Chat" in shown["class.story"]
    assert not app.file_uploader(key="class.chat_file_1").value, "the file is not read again"
    everything = b"".join(path.read_bytes() for path in settings().home.rglob("*") if path.is_file())
    assert b"awful" not in everything and b"Nickname" not in everything, "no word and no name is stored"
    next(group for group in app.button_group if str(group.key).startswith("class.signals_")).set_value([]).run()
    assert not app.exception and "cm-row-signals" not in shown["class.story"]
    app.button(key="class.chat_remove").click().run()
    assert school.heard.of(opened.row.id) == [] and "cm-row-signals" not in shown["class.story"]


def test_a_chat_of_another_time_says_when_it_was(school: Store):
    opened = fed(school, 6)
    app = class_page(teacher=opened.secret)
    earlier = replace(opened, row=replace(opened.row, started=opened.row.started - 5 * 3600))
    drop_a_chat(app, earlier)
    assert any("was written during the class" in one.value and "none of its 6" in one.value for one in app.markdown)
    assert "class.chat_lay" not in [button.key for button in app.button]
    assert "class.chat_read" in app.session_state
    app.number_input(key="class.chat_shift").set_value(300.0).run()
    assert "class.chat_lay" in [button.key for button in app.button]
    app.switch_page("pages/home.py").run()
    assert not app.exception and "class.chat_read" not in app.session_state, "another page forgets it"


def test_where_voices_may_not_be_read_there_is_no_switch(school: Store):
    opened = fed(school, 6, region=EU)
    app = class_page(teacher=opened.secret)
    assert "class.voice_on" not in [toggle.key for toggle in app.toggle]
    assert any("prohibited here by law" in caption.value for caption in app.caption)
    assert app.get("file_uploader"), "written words are no biometric data"
