"""The gate: what may be read where, and that people are told what is true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fer.classroom import law
from fer.classroom.law import gallery_announcement, lawful_mode, notice_for_students, permitted
from fer.classroom.records import ClassMode, ClassSettings, Purpose, Region


@pytest.mark.parametrize("purpose", ["education", "work"])
def test_the_union_prohibits_it_in_schools_and_at_work(purpose: Purpose):
    found = permitted("eu", purpose)
    assert (found.face, found.voice, found.pulse) == (False, False, True)
    assert "5(1)(f)" in found.reason and "2 February 2025" in found.reason
    assert "Consent does not change that" in found.reason


@pytest.mark.parametrize(
    ("region", "purpose"),
    [("elsewhere", purpose) for purpose in law.PURPOSES] + [("eu", "own"), ("eu", "research")],
)
def test_elsewhere_people_must_know_and_agree(region: Region, purpose: Purpose):
    found = permitted(region, purpose)
    assert found.face and found.pulse
    assert "agree" in found.reason and found.reason.endswith(".")


@pytest.mark.parametrize("mode", ["cameras", "gallery", "pulse"])
def test_no_mode_gets_past_the_gate(mode: ClassMode):
    assert lawful_mode(ClassSettings(region="eu", purpose="education", mode=mode)) == "pulse"
    assert lawful_mode(ClassSettings(region="eu", purpose="work", mode=mode)) == "pulse"
    assert lawful_mode(ClassSettings(region="elsewhere", mode=mode)) == mode


def test_drawn_faces_are_nobodys():
    assert lawful_mode(ClassSettings(region="eu", purpose="education", mode="demo")) == "demo"


def test_every_choice_has_its_words():
    assert set(law.REGIONS) == {"eu", "elsewhere"}
    assert set(law.PURPOSES) == {"education", "work", "research", "own"}


def test_the_notice_tells_of_emotion_recognition(home: Path):
    text = notice_for_students(ClassSettings(title="Waves"))
    for words in (
        "emotion recognition system",
        "no picture is saved",
        "fewer than 5 people",
        "one hour",
        "Pause, leave",
    ):
        assert words in text
    assert "**Waves**" in text
    assert "clicks alone" in text, "who wants no camera may still take part"
    assert "A face is not a feeling" in text


def test_the_notice_of_a_pulse_class_speaks_of_no_camera_in_use(home: Path):
    text = notice_for_students(ClassSettings(region="eu"))
    assert "No camera and no microphone is used" in text
    assert "emotion recognition" not in text


def test_the_notice_of_a_shared_screen_starts_no_camera(home: Path):
    text = notice_for_students(ClassSettings(mode="gallery"))
    assert "No camera is used here" in text and "your camera sends" not in text
    assert "emotion recognition system" in text and "switch your camera in the call off" in text


def test_the_notice_says_what_was_chosen(home: Path, configure: Callable[..., None]):
    configure(FER_KEEP_ROWS_H=0.5)
    text = notice_for_students(ClassSettings(min_shown=7, keep_report=False, per_seat=True))
    assert "fewer than 7 people" in text and "30 minutes after" in text and "Nothing of the class stays" in text
    assert "Only if you choose so yourself" in text
    plain = notice_for_students(ClassSettings())
    assert "never sees you by yourself" in plain and "report of averages" in plain


def test_a_title_is_text_not_markdown(home: Path):
    text = notice_for_students(ClassSettings(title="![x](http://evil)\n# <b>Hi</b>", course="[a](b)"))
    assert "![" not in text and "](" not in text and "<b>" not in text and "\n#" not in text
    assert r"\!\[x\]" in text


def test_the_announcement_can_be_read_out(home: Path):
    text = gallery_announcement(ClassSettings(mode="gallery", title="Waves", min_shown=6))
    for words in ("Waves", "seven emotions", "fewer than 6 people", "No picture is saved", "one hour", "May I use it?"):
        assert words in text
    assert "*" not in text and "#" not in text, "it is read out or sent as it stands"
    assert "No report is kept" in gallery_announcement(ClassSettings(mode="gallery", keep_report=False))


def test_the_documents_say_the_same():
    from fer.settings import ROOT

    text = (ROOT / "docs" / "responsible-use.md").read_text(encoding="utf-8")
    for words in ("5(1)(f)", "2 February 2025", "50(3)", "Barrett", "not legal advice", "Article 35"):
        assert words in text
    assert "docs/responsible-use.md" in (ROOT / "README.md").read_text(encoding="utf-8")
