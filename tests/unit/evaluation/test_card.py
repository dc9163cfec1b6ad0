"""Model cards: those that ship say what the manifest says; the command writes them; what people typed is escaped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from fer.cli import app
from fer.dataset.demo import demo_faces
from fer.errors import InputError
from fer.evaluation.card import card_of
from fer.registry import ModelEntry, find
from fer.settings import ROOT

CARDS = ROOT / "models" / "cards"


def shipped() -> list[ModelEntry]:
    from fer.registry import _read_manifest

    return _read_manifest(ROOT / "models")


def tables_of(markdown: str) -> dict[str, dict[str, str]]:
    """Each table's rows by its title: the first cell, and the second."""
    tables: dict[str, dict[str, str]] = {}
    title = ""
    for line in markdown.splitlines():
        if line.startswith("### "):
            title = line[4:]
        elif line.startswith("| ") and "---" not in line:
            cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
            tables.setdefault(title, {})[cells[0]] = cells[1]
    return tables


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}\u00a0%"


@pytest.mark.parametrize("entry", shipped(), ids=lambda entry: entry.name)
def test_every_card_that_ships_has_the_figures_of_its_manifest(entry: ModelEntry) -> None:
    markdown = (CARDS / f"{entry.name}.md").read_text(encoding="utf-8")
    tables = tables_of(markdown)
    for split, figures in entry.figures.items():
        rows = tables[f"Published: {split}"]
        for name, title in (("accuracy", "Accuracy"), ("macro_f1", "Macro F1"), ("ece", "Calibration error"),
                            ("uar", "Mean recall (UAR)")):  # fmt: skip
            if name in figures:
                assert rows[title] == percent(figures[name]), f"write the card anew: python -m fer card {entry.name}"
        for emotion, recall in figures.get("recall", {}).items():
            assert rows[f"Recall, {emotion}"] == percent(recall)
        if "n" in figures:
            assert rows["Rows"] == f"{figures['n']:,}"
    for file in entry.files.values():
        assert file.sha256[:16] in markdown
    assert entry.licence in markdown and entry.data in markdown and entry.command in markdown
    html = (CARDS / f"{entry.name}.html").read_text(encoding="utf-8")
    assert all(value in html for rows in tables.values() for value in rows.values())


def test_the_faces_card_was_measured_and_agrees_with_what_was_published() -> None:
    entry = next(one for one in shipped() if one.kind == "face" and one.default)
    tables = tables_of((CARDS / f"{entry.name}.md").read_text(encoding="utf-8"))
    measured = next(rows for title, rows in tables.items() if title.startswith("Measured on 3,589 faces"))
    published: dict[str, Any] = entry.figures["PublicTest"]
    for name, title in (("accuracy", "Accuracy"), ("top2", "Top-2"), ("macro_f1", "Macro F1")):
        number, low, high = map(float, re.findall(r"[\d.]+", measured[title]))
        assert low < number < high and number == pytest.approx(100 * published[name], abs=0.11)


def test_there_is_no_card_of_a_model_that_does_not_ship() -> None:
    names = {entry.name for entry in shipped()}
    assert {path.stem for path in CARDS.iterdir()} == names


def test_the_command_writes_a_card_from_faces(home: Path, tmp_path: Path) -> None:
    faces = demo_faces(8)
    data = tmp_path / "faces.npz"
    np.savez(data, pixels=faces.images, emotion=faces.labels, usage=np.ones(len(faces), np.uint8))
    told = CliRunner().invoke(app, ["card", find().name, str(data), "--to", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    markdown = (tmp_path / "out" / f"{find().name}.md").read_text()
    tables = tables_of(markdown)
    assert "Measured on 56 faces of faces.npz, PublicTest" in tables
    assert tables["By emotion"]["sad"] == "8"
    assert (tmp_path / "out" / f"{find().name}.html").read_text().startswith("<!DOCTYPE html>")


def test_the_command_names_what_is_wrong(home: Path, tmp_path: Path) -> None:
    nobody = CliRunner().invoke(app, ["card", "nobody", "--to", str(tmp_path)])
    assert isinstance(nobody.exception, InputError) and "There is no model called nobody" in str(nobody.exception)
    text = CliRunner().invoke(app, ["card", find(kind="text").name, str(tmp_path), "--to", str(tmp_path)])
    assert isinstance(text.exception, InputError) and "leave DATA out" in str(text.exception)


def test_what_people_typed_is_escaped_and_breaks_no_table() -> None:
    entry = find().model_copy(update={"name": "<script>x</script>", "figures": {"a | b": {"n": 1, "odd|name": 0.5}}})
    card = card_of(entry)
    assert "<script>x" not in card.text("html") and "&lt;script&gt;x" in card.text("html")
    assert "Odd\\|name" in card.text("md")
