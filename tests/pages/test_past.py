"""Past classes: listed by the browser's links, compared within a course, deleted for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.engagement import engagement
from fer.classroom.records import ClassSettings, SecondRow
from fer.classroom.store import Store, open_store
from fer.settings import ROOT
from fer.ui.class_link import Link

MOOD = np.array([0.02, 0.02, 0.02, 0.3, 0.04, 0.1, 0.5])
DAY_S = 86_400


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    open_store.cache_clear()
    yield open_store()
    open_store().close()
    open_store.cache_clear()


def past_class(store: Store, days_ago: int, *, end: bool = True, **chosen: object) -> sessions.Opened:
    settings = ClassSettings.model_validate({"title": f"Lesson {days_ago}", "course": "Physics", **chosen})
    opened = sessions.open_class(store, settings)
    began = float(int(store.now()) - days_ago * DAY_S - 120)
    row = store.change_class(opened.row.id, started=began)
    value = engagement(MOOD, None, settings)
    for number in range(6):
        seat = store.add_seat(row.id, digest(f"{row.id} {number}"), "", began, False)
        rows = [SecondRow(seat.id, int(began) + t, "mood", MOOD, None, value) for t in range(120)]
        store.add_seconds(row.id, rows)
        store.add_event(row.id, "pulse", "lost" if number < 2 else "got_it", seat.id, began + 30)
    if end:
        sessions.end(store, row)
    return opened


def page_with(monkeypatch: pytest.MonkeyPatch, held: list[sessions.Opened] | None, **params: str) -> AppTest:
    links = None
    if held is not None:
        links = {one.row.id: Link(one.secret, one.row.settings.title, "", one.row.started) for one in held}
    monkeypatch.setattr("fer.ui.past.kept_links", lambda: links)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in params.items():
        app.query_params[name] = value
    app.switch_page("pages/past.py").run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    cards = [part.proto.body for part in app.get("html")]
    parts = [part.value for part in [*app.markdown, *app.caption, *app.header, *app.subheader, *app.error]]
    return "\n".join([*cards, *map(str, parts)])


def test_before_the_browser_has_answered_and_with_no_class(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Looking for the classes" in words(page_with(monkeypatch, None))
    assert "No classes yet" in words(page_with(monkeypatch, []))


def test_only_the_classes_of_this_browser_s_links_are_listed_the_latest_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [past_class(store, days) for days in (14, 7)]
    past_class(store, 1, title="Somebody else's")
    app = page_with(monkeypatch, held)
    told = words(app)
    assert "Somebody" not in told and told.index("Lesson 7") < told.index("Lesson 14")
    assert {f"past.report.{one.row.id}" for one in held} <= {button.key for button in app.button}


def test_classes_of_one_course_are_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [past_class(store, days) for days in (14, 7)] + [past_class(store, 3, course="Chemistry")]
    app = page_with(monkeypatch, held)
    told = words(app)
    assert "A course over the weeks" in told and "Engagement" in told and "Clicks for each person" in told
    assert "different formulas" not in told
    assert "A course over the weeks" not in words(page_with(monkeypatch, held[1:]))


def test_two_courses_can_be_chosen_between_and_formulas_that_differ_are_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [past_class(store, days, course="A *course*") for days in (14, 7)]
    held += [past_class(store, 2), past_class(store, 1, formula="valence")]
    app = page_with(monkeypatch, held)
    assert app.selectbox(key="past.course").options == ["A *course*", "Physics"]
    app.selectbox(key="past.course").set_value("Physics").run()
    assert not app.exception and "different formulas" in words(app)


def test_a_report_is_opened_and_closed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [past_class(store, 7)]
    app = page_with(monkeypatch, held)
    app.button(key=f"past.report.{held[0].row.id}").click().run()
    assert not app.exception
    assert {"past.all"} <= {button.key for button in app.button}
    app.button(key="past.all").click().run()
    assert f"past.report.{held[0].row.id}" in {button.key for button in app.button}


def test_somebody_else_s_report_is_not_shown_by_its_number(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    held, other = [past_class(store, 7)], past_class(store, 1, title="Somebody else's")
    app = page_with(monkeypatch, held, report=str(other.row.id))
    assert "Somebody" not in words(app) and "past.all" not in {button.key for button in app.button}


def test_a_class_is_deleted_with_its_report(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [past_class(store, days) for days in (14, 7)]
    app = page_with(monkeypatch, held)
    app.button(key=f"past.delete.{held[0].row.id}").click().run()
    assert not app.exception
    assert store.class_by_id(held[0].row.id) is None and store.report(held[0].row.id) is None
    assert store.class_by_id(held[1].row.id) is not None
    assert "Lesson 14" not in words(app) and "Lesson 7" in words(app)


def test_classes_that_are_gone_running_or_without_a_report(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, runs = past_class(store, 3), past_class(store, 0, end=False)
    unkept = past_class(store, 1, keep_report=False)
    store.delete_class(gone.row.id)
    store.clear_class(unkept.row.id)
    app = page_with(monkeypatch, [gone, runs, unkept])
    told = words(app)
    assert "Lesson 3" not in told and "running" in told and "no report was kept" in told
    assert f"past.go_on.{runs.row.id}" in {button.key for button in app.button}


def test_a_title_is_text_and_nothing_else(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page_with(monkeypatch, [past_class(store, 1, title="**x** <img src=x onerror=alert(1)> [a](http://b)")])
    assert "<strong>**x** &lt;img src=x onerror=alert(1)&gt; [a](http://b)</strong>" in words(app)


def test_many_classes_leave_the_page_short(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    for days in range(10):
        row = sessions.open_class(store, ClassSettings(title=f"Lesson {days}", keep_report=False))
        held.append(row)
        sessions.end(store, row.row)
    app = page_with(monkeypatch, held)
    assert [expander.label for expander in app.expander] == ["2 earlier ones"]


def test_a_database_that_is_away_is_told_and_the_page_stands(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from fer.errors import DatabaseError

    held = [past_class(store, 1)]

    def away(*_: object) -> None:
        raise DatabaseError("The class's database does not answer.")

    monkeypatch.setattr(store, "class_by_teacher", away)
    assert "does not answer" in words(page_with(monkeypatch, held)).replace("\\", "")


def test_a_chat_is_laid_over_a_past_class(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    one = past_class(store, 1, min_shown=3)
    began = store.seconds(one.row.id)[0].t
    store.change_class(one.row.id, ended=began + 120.0)
    store.clear_class(one.row.id)
    app = page_with(monkeypatch, [one], report=str(one.row.id))
    # Seconds since it began: a clock of 0:01 would be one of the day where the test runs just after midnight.
    table = "time_s,name,message\n" + "".join(f"{60 + n},Person {n},this is awful\n" for n in range(4))
    app.file_uploader(key="past.chat_file").set_value([("chat.csv", table.encode(), "text/csv")]).run()
    app.button(key="past.chat_lay").click().run()
    assert not app.exception
    report = store.report(one.row.id)
    assert report is not None and report["signals"]["moods"]["text"] and "voice" not in report["signals"]["scores"]
    assert report["signals"]["scores"]["text"][7] < -0.2 and "awful" not in str(report)
    chosen = next(group for group in app.button_group if str(group.key).startswith("past.download_signals"))
    assert chosen.value == ["face", "text", "pulse"]
