"""The report: aggregates only, what may not be shown left out, changes where they are, and text that does no harm."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.engagement import engagement
from fer.classroom.formula_uses import change_value
from fer.classroom.overview import open_watch
from fer.classroom.records import PULSES, ClassSettings, SecondRow
from fer.classroom.report import build_report, report_of
from fer.classroom.report_html import facts, report_html, zone_of
from fer.classroom.report_tables import COLUMNS, report_csv, report_json
from fer.classroom.store import Store, open_store
from fer.classroom.writer import open_writer
from fer.emotions import EMOTIONS

CALM = np.array([0.02, 0.02, 0.02, 0.1, 0.04, 0.1, 0.7])
BRIGHT = np.array([0.02, 0.01, 0.02, 0.8, 0.02, 0.05, 0.08])
LENGTH_S = 300
TURN_S = 150
NASTY = '<script>alert("x")</script> & =1+1'

Mood = Callable[[int, int], np.ndarray | None]
"""A seat's mood in a second: ``mood(number from 1, second)``; None: nobody there."""


@pytest.fixture
def store(tmp_path: Path, home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{(tmp_path / 'classmood.db').as_posix()}")
    yield made
    made.close()


def turning(number: int, second: int) -> np.ndarray:
    return CALM if second < TURN_S else BRIGHT


def a_lesson(store: Store, mood: Mood = turning, seats: int = 6, end: bool = True, **settings: Any) -> sessions.Opened:
    """Write a class that began ``LENGTH_S`` ago, with a topic at the beginning and one at ``TURN_S``."""
    chosen = ClassSettings(**{"title": "Waves", "course": "Physics 9", **settings})
    opened = sessions.open_class(store, chosen)
    began = float(int(store.now()) - LENGTH_S)
    row = store.change_class(opened.row.id, started=began)
    rows, ids = [], []
    for number in range(1, seats + 1):
        seat = store.add_seat(row.id, digest(f"{row.id} {number}"), f"Nick-{number}-{NASTY}", began, False)
        ids.append(seat.id)
        for second in range(LENGTH_S):
            shown = mood(number, second)
            if shown is not None:
                value = engagement(shown, None, row.settings)
                rows.append(SecondRow(seat.id, int(began) + second, "mood", shown, None, value))
    store.add_seconds(row.id, rows)
    for second, text in ((2, "Welcome"), (TURN_S, "The wave machine")):
        store.add_event(row.id, "topic", text, t=began + second)
    for n, seat_id in enumerate(ids[:4]):
        store.add_event(row.id, "pulse", "lost" if n else "got_it", seat_id, began + TURN_S + 10 + n)
    alert = store.add_event(row.id, "alert", "40 % of those present are lost.", t=began + TURN_S + 40)
    store.add_event(row.id, "acknowledged", str(alert.id), t=began + TURN_S + 50)
    if end:
        ended = store.change_class(row.id, state="ended", ended=began + LENGTH_S)
        store.save_report(row.id, build_report(store, ended))
    return sessions.Opened(store.class_by_id(row.id) or row, opened.code, opened.secret)


def document_of(store: Store, **how: Any) -> dict[str, Any]:
    document = store.report(a_lesson(store, **how).row.id)
    assert document is not None
    return document


def test_it_tells_the_class_s_means_topics_clicks_and_alerts(store: Store) -> None:
    document = document_of(store)
    assert document["schema"] == 1
    assert document["class"]["title"] == "Waves" and document["class"]["duration_s"] == LENGTH_S
    whole = document["whole"]
    assert whole["mood"]["happy"] == pytest.approx((0.1 + 0.8) / 2, abs=0.02)
    assert sum(whole["mood"].values()) == pytest.approx(1, abs=0.001)
    assert whole["pulses"] == {"got_it": 1, "lost": 3, "too_fast": 0, "bored": 0, "hand_up": 0}
    assert document["participation"] == {
        "seats": 6, "most_present": 6, "mean_present": 6.0, "read_share": 1.0, "clicked": 4
    }  # fmt: skip
    first, second = document["topics"]
    assert (first["text"], second["text"]) == ("Welcome", "The wave machine")
    assert first["until_s"] == second["t_s"] == TURN_S and second["until_s"] == LENGTH_S
    assert second["before"]["mood"]["happy"] == pytest.approx(0.1, abs=0.02)
    assert second["after"]["mood"]["happy"] == pytest.approx(0.8, abs=0.02)
    assert second["mood_change"]["emotion"] == "happy"
    assert second["before"]["pulses"]["lost"] == 0 and second["after"]["pulses"]["lost"] == 3
    assert [alert["acknowledged"] for alert in document["alerts"]] == [True]


def test_engagement_is_the_teacher_page_s_own(store: Store) -> None:
    from fer.classroom.overview import open_watch

    opened = a_lesson(store)
    document = store.report(opened.row.id)
    assert document is not None
    watch = open_watch(store, opened.row)
    watch.refresh()
    line = watch.timeline(10)
    rows = document["timeline"]["rows"]
    assert document["timeline"]["step_s"] == 10 and len(rows) == LENGTH_S // 10
    told = [row["engagement"]["value"] for row in rows]
    assert told == pytest.approx(line.engagement[: len(rows)].tolist(), abs=1e-3)
    low, high = rows[3]["engagement"]["low"], rows[3]["engagement"]["high"]
    assert low <= told[3] <= high


def test_the_largest_change_stands_where_it_was_and_beside_its_topic(store: Store) -> None:
    changes = document_of(store)["changes"]
    assert len(changes) == 1
    assert changes[0]["t_s"] == pytest.approx(TURN_S, abs=10) and changes[0]["what"] == "happy"
    assert changes[0]["after"] - changes[0]["before"] == pytest.approx(0.7, abs=0.05)
    assert changes[0]["beside"].startswith("2. The wave machine")


def test_a_class_in_which_nothing_changes_has_no_changes(store: Store) -> None:
    assert document_of(store, mood=lambda number, second: CALM)["changes"] == []


def shown_text(document: Any) -> str:
    return json.dumps({key: document[key] for key in ("whole", "timeline", "topics", "participation")})


def test_nothing_is_told_of_fewer_people_than_the_setting(store: Store) -> None:
    def few(number: int, second: int) -> np.ndarray | None:
        return CALM if number <= 4 or 100 <= second < 200 else None

    document = document_of(store, mood=few, min_shown=5)
    rows = {row["t_s"]: row for row in document["timeline"]["rows"]}
    assert rows[50]["mood"] is rows[50]["engagement"] is rows[50]["pulses"] is rows[50]["present"] is None
    assert rows[150]["present"] == 6 and rows[150]["mood"] is not None
    assert document["topics"][0]["before"]["mood"] is None
    assert document["participation"]["most_present"] == 6


def test_who_clicked_is_counted_only_while_enough_people_are_there(store: Store) -> None:
    def one_is_left(number: int, second: int) -> np.ndarray | None:
        return CALM if number == 1 or second < TURN_S else None

    # All four clicks came after the others had gone: even that there were some would tell about who stayed.
    document = document_of(store, mood=one_is_left)
    assert document["participation"]["most_present"] == 6 and document["participation"]["clicked"] == 0
    assert sum(document["whole"]["pulses"].values()) == 0


def test_what_a_recording_wrote_is_in_the_report_however_long_ago_it_was(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings(mode="gallery", attested=True))
    row = store.change_class(opened.row.id, started=store.now() - 1200)
    open_watch(store, row).refresh(whole=True)
    began = int(row.started)
    ids = [store.add_seat(row.id, digest(f"{row.id} {n}"), "", None, False).id for n in range(6)]
    rows = [SecondRow(seat_id, began + s, "mood", CALM, None, 0.5) for seat_id in ids for s in range(300)]
    store.add_seconds(row.id, rows)
    document = build_report(store, sessions.end(store, row))
    assert document["participation"]["most_present"] == 6 and document["whole"]["mood"] is not None


def test_a_class_of_too_few_has_a_report_that_says_so_and_nothing_else(store: Store) -> None:
    document = document_of(store, seats=4, min_shown=5)
    assert document["whole"] == {"present": None, "engagement": None, "mood": None, "pulses": None}
    assert document["changes"] == [] and document["in_short"] == []
    assert document["participation"]["clicked"] is None and document["participation"]["most_present"] is None
    html = report_html(document)
    assert "Nothing of this lesson can be shown" in html and "<figure" not in html
    assert report_csv(document).count("\n") == 1 + LENGTH_S // 10


def test_no_row_nickname_or_secret_of_anybody_is_in_it(store: Store) -> None:
    opened = a_lesson(store)
    document = store.report(opened.row.id)
    told = json.dumps(document)
    for word in ("Nick-", "seat_id", "token", opened.code, opened.secret, digest(opened.secret)):
        assert word not in told


def test_a_class_that_nobody_joined_and_one_without_topics_are_told(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings())
    document = build_report(store, sessions.end(store, opened.row))
    assert document["topics"] == [] and document["participation"]["seats"] == 0
    assert "A class without a title" in report_html(document)
    assert json.loads(report_json(document)) == document


def test_a_pulse_class_tells_of_clicks_alone(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings(region="eu", title="Waves"))
    assert opened.row.settings.mode == "pulse"
    began = float(int(store.now()) - 120)
    store.change_class(opened.row.id, started=began)
    for number in range(6):
        seat = store.add_seat(opened.row.id, digest(f"s{number}"), "", None, False)
        store.add_seconds(opened.row.id, [SecondRow(seat.id, int(began) + t, "camera_off") for t in range(120)])
        store.add_event(opened.row.id, "pulse", "lost", seat.id, began + 30 + number)
    document = build_report(store, sessions.end(store, opened.row))
    html = report_html(document)
    assert document["whole"]["mood"] is None and document["whole"]["pulses"]["lost"] == 6
    assert "Engagement" not in html and "What students clicked" in html
    assert "silence is no agreement" in html


class Tags(HTMLParser):
    """Collects tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_is_one_file_that_loads_nothing_and_runs_nothing(store: Store) -> None:
    document = document_of(store, title=NASTY, course=NASTY)
    for topic in document["topics"]:
        topic["text"] = NASTY
    page = Tags()
    page.feed(report_html(document))
    assert not {"script", "iframe", "object", "embed", "link", "form", "img"} & set(page.tags)
    # What charts refer to lies within the page.
    assert all(address.startswith("#") for address in page.addresses)
    words = " ".join(page.words)
    assert words.count(NASTY) >= 4 and page.tags.count("svg") >= 4


def test_the_page_prints_on_a4_and_names_formula_weights_and_limits(store: Store) -> None:
    html = report_html(document_of(store, weights={"happy": 1.0}))
    assert "size: A4" in html and "break-inside: avoid" in html
    assert "arXiv 1909.12913" in html and "happy&nbsp;1" in html and "changed by the teacher" in html
    assert "A face is not a feeling" in html and "Barrett" in html


def test_two_reports_drawn_at_once_do_not_disturb_each_other(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    document = document_of(store)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: report_html(document), range(4)))
    assert len({page.count("<path") for page in pages}) == 1


def test_times_are_told_in_the_reader_s_zone(store: Store) -> None:
    document = document_of(store)
    document["class"].update(started="2026-01-05T23:30:00+00:00", ended="2026-01-06T00:15:00+00:00", duration_s=2700)
    assert "5 January 2026, 23:30 to 00:15 UTC" in facts(document)
    assert "6 January 2026, 00:30 to 01:15 · 45 min" in facts(document, zone_of("Europe/Berlin"))
    assert "UTC" in facts(document, zone_of("Mars/Crater")) and "UTC" in facts(document, zone_of("../../etc/passwd"))


def test_csv_has_a_row_a_step_and_runs_no_formula(store: Store) -> None:
    document = document_of(store)
    document["topics"][0]["text"] = '=HYPERLINK("http://x")'
    rows = list(csv.DictReader(io.StringIO(report_csv(document))))
    assert tuple(rows[0]) == COLUMNS and len(rows) == LENGTH_S // 10
    assert rows[0]["topic"].startswith("'=")
    assert float(rows[5]["happy"]) == pytest.approx(0.1, abs=0.02) and rows[-1]["topic"] == "The wave machine"
    assert sum(int(row["clicked_lost"]) for row in rows) == 3
    assert {f"clicked_{kind}" for kind in PULSES} | set(EMOTIONS) <= set(rows[0])


def test_long_lessons_are_told_in_longer_steps(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings())
    row = store.change_class(opened.row.id, started=store.now() - 3.9 * 3600)
    document = build_report(store, row)
    assert document["timeline"]["step_s"] == 60 and len(document["timeline"]["rows"]) <= 400


def test_a_class_that_somebody_forgot_to_end_is_told_until_the_last_one_left(store: Store) -> None:
    opened = a_lesson(store, end=False)
    row = store.change_class(opened.row.id, state="ended", ended=opened.row.started + 3 * 86_400)
    document = build_report(store, row)
    assert LENGTH_S <= document["class"]["duration_s"] <= LENGTH_S + 70
    assert len(document["timeline"]["rows"]) <= LENGTH_S / 10 + 7
    assert report_html(document).count("<svg") >= 4


def test_days_without_anybody_are_few_rows(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings())
    row = store.change_class(opened.row.id, started=store.now() - 30 * 86_400)
    rows = build_report(store, row)["timeline"]["rows"]
    assert 100 <= len(rows) <= 401


def test_report_of_gives_the_saved_one_or_makes_one_while_rows_are_there(store: Store) -> None:
    running = a_lesson(store, end=False, keep_report=False)
    made = report_of(store, running.row)
    assert made is not None and made["participation"]["seats"] == 6
    ended = sessions.end(store, running.row)
    assert store.report(ended.id) is None and report_of(store, ended) is not None
    store.clear_class(ended.id)
    assert report_of(store, ended) is None


def a_lesson_of_two_formulas(store: Store, at_s: int) -> dict[str, Any]:
    """A lesson in which nothing changes but the formula."""
    opened = a_lesson(store, lambda number, second: CALM, end=False)
    after = opened.row.settings.model_copy(update={"formula": "valence"})
    began = int(opened.row.started)
    store.add_event(opened.row.id, "formula", change_value(opened.row.settings, after), t=float(began + at_s))
    row = store.change_class(opened.row.id, settings=after)
    value = engagement(CALM, None, after)
    seats = store.seats(row.id)
    rows = [SecondRow(s.id, began + t, "mood", CALM, None, value) for s in seats for t in range(at_s, LENGTH_S)]
    store.add_seconds(row.id, rows)
    return build_report(store, store.change_class(row.id, state="ended", ended=float(began + LENGTH_S)))


@pytest.mark.parametrize("at_s", [TURN_S, TURN_S + 45])
def test_engagement_of_two_formulas_is_never_mixed_or_compared(store: Store, at_s: int) -> None:
    document = a_lesson_of_two_formulas(store, at_s)
    assert [formula["name"] for formula in document["formulas"]] == ["emotions", "valence"]
    assert [(formula["from_s"], formula["until_s"]) for formula in document["formulas"]] == [
        (0.0, at_s), (at_s, LENGTH_S)
    ]  # fmt: skip
    assert document["formulas"][0]["weights"]["neutral"] == 0.9 and document["formulas"][1]["weights"] is None
    assert document["whole"]["engagement"] is None and document["changes"] == []
    assert "The formula of engagement was changed" in document["in_short"][0]
    assert not any("Engagement was highest" in sentence for sentence in document["in_short"])
    second = document["topics"][1]
    assert second["before"]["engagement"] is second["after"]["engagement"] is None
    assert document["topics"][0]["whole"]["engagement"]["value"] == pytest.approx(0.76, abs=0.1)
    told = {row["t_s"]: row["engagement"] for row in document["timeline"]["rows"]}
    # Ten seconds that have some of both tell nothing.
    step = at_s // 10 * 10
    assert told[step] is None and told[step - 10] is not None and told[step + 10] is not None
    html = report_html(document)
    assert "Emotion weights." in html and "Valence and arousal." in html and "several formulas" in html


def test_a_formula_chosen_before_anybody_came_is_the_only_one(store: Store) -> None:
    opened = a_lesson(store, lambda number, second: CALM if second >= 40 else None, end=False)
    before = opened.row.settings.model_copy(update={"weights": {"happy": 1.0}})
    store.add_event(opened.row.id, "formula", change_value(before, opened.row.settings), t=opened.row.started + 20)
    document = build_report(store, opened.row)
    assert [(one["name"], one["from_s"]) for one in document["formulas"]] == [("emotions", None)]
    assert document["whole"]["engagement"] is not None and "several formulas" not in report_html(document)


def test_a_change_noted_by_an_earlier_version_does_not_say_to_what(store: Store) -> None:
    opened = a_lesson(store, lambda number, second: CALM, end=False)
    store.add_event(opened.row.id, "formula", "Emotion weights", t=opened.row.started + 100)
    document = build_report(store, opened.row)
    assert [one["name"] for one in document["formulas"]] == [None, "emotions"] and "Not noted" in report_html(document)


def test_an_empty_report_says_why(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings())
    row = store.change_class(opened.row.id, started=float(int(store.now()) - 60))
    for number in range(6):
        seat = store.add_seat(row.id, digest(f"{number}"), "", None, False)
        store.add_seconds(row.id, [SecondRow(seat.id, int(row.started) + t, "no_face") for t in range(60)])
    html = report_html(build_report(store, row))
    assert "nobody clicked, and no mood of enough people could be read" in html and "there were never" not in html


def test_the_ends_beside_a_longer_mean_are_not_called_its_interval(store: Store) -> None:
    html = report_html(document_of(store))
    assert "10-second intervals" in html and "95&nbsp;%: " not in html


def test_a_recording_tells_when_it_was_read_and_how_long_it_is_and_counts_places(store: Store) -> None:
    opened = sessions.open_class(store, ClassSettings(title="Waves", mode="gallery", attested=True))
    row = store.change_class(opened.row.id, started=float(int(store.now()) - 1200))
    store.add_event(row.id, "recording", "300.000", t=1_767_655_800.0)
    for number in range(9):
        # On a shared screen one may come to the place of another: seats are no people.
        seat = store.add_seat(row.id, digest(f"{number}"), "", None, False)
        seconds = range(150) if number < 3 else range(150, 300) if number < 6 else range(300)
        rows = [SecondRow(seat.id, int(row.started) + t, "mood", CALM, None, 0.5) for t in seconds]
        store.add_seconds(row.id, rows)
    document = build_report(store, sessions.end(store, row))
    assert document["class"]["duration_s"] == 300 and document["participation"]["seats"] == 6
    line = facts(document, zone_of("Europe/Berlin"))
    assert line == "from a recording, read on 6 January 2026 · 5 min"
    assert "took part" not in report_html(document) and "Took part" not in report_html(document)


def test_rows_that_still_wait_are_in_the_report(home: Path) -> None:
    open_writer.cache_clear()
    open_store.cache_clear()
    store, writer = open_store(), open_writer()
    opened = a_lesson(store, end=False)
    writer._every_s = 60.0
    writer.flush(10)
    began, seats = int(opened.row.started), store.seats(opened.row.id)
    for seat in seats:
        for t in range(LENGTH_S - 20, LENGTH_S):
            writer.put(opened.row.id, SecondRow(seat.id, began + t, "mood", BRIGHT, None, 0.123))
    sessions.end(store, opened.row)
    document = store.report(opened.row.id)
    assert document is not None
    assert document["timeline"]["rows"][LENGTH_S // 10 - 1]["engagement"]["value"] == pytest.approx(0.123)
    writer.close()
    store.close()
    open_writer.cache_clear()
    open_store.cache_clear()
