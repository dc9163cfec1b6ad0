"""What a visitor sees while a page's modules are being loaded."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
import streamlit as st

from fer.ui.start import load_page


class Place:
    """Stands for ``st.empty()``, and notes what is shown there."""

    def __init__(self, shown: list[str]) -> None:
        self._shown = shown

    def html(self, text: str) -> None:
        self._shown.append("One moment" if "One moment" in text else text)

    def empty(self) -> None:
        self._shown.append("nothing")


def test_something_is_shown_while_a_page_is_loaded_and_only_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    (tmp_path / "late_page.py").write_text("import streamlit\nstreamlit.empty().html('loading')\nanswer = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(st, "empty", lambda: Place(shown))
    assert load_page("late_page").answer == 42
    assert shown == ["One moment", "loading", "nothing"]
    assert load_page("late_page").answer == 42
    assert shown == ["One moment", "loading", "nothing"]
    del sys.modules["late_page"]


def test_two_visitors_at_once_both_get_the_whole_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun, go_on = tmp_path / "begun", tmp_path / "go_on"
    (tmp_path / "slow_page.py").write_text(
        f"import time\nfrom pathlib import Path\nPath({str(begun)!r}).touch()\n"
        f"while not Path({str(go_on)!r}).exists():\n    time.sleep(0.01)\nanswer = 42\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(st, "empty", lambda: Place([]))
    answers: list[int] = []

    def visit() -> None:
        answers.append(load_page("slow_page").answer)

    visitors = [threading.Thread(target=visit) for _ in range(2)]
    visitors[0].start()
    while not begun.exists():
        time.sleep(0.01)
    visitors[1].start()
    visitors[1].join(0.5)
    go_on.touch()
    for visitor in visitors:
        visitor.join(60)
    assert answers == [42, 42]
    del sys.modules["slow_page"]
