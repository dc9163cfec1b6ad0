"""``python -m fer text`` as a person types it: in processes of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fer.emotions import EMOTIONS
from fer.text.samples import CHAT

ROOT = Path(__file__).resolve().parents[2]


def fer(*arguments: object, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "fer", *map(str, arguments)]
    result = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, env=dict(os.environ), check=False)
    assert b"Traceback" not in result.stderr, result.stderr
    return result


def test_lines_from_standard_input_as_json():
    lines = "I am so happy!\n\nIch bin heute sehr traurig\n😂\nthis is disgusting\n"
    result = fer("text", "-", "--json", "-", given=lines.encode())
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["schema"] == 1
    assert [one["text"] for one in document["messages"]] == lines.splitlines()
    first = document["messages"][0]
    assert set(first) == {"text", "emotion", "confidence", "unsure", "probabilities"}
    assert first["emotion"] == "happy" and first["unsure"] is False
    assert list(first["probabilities"]) == list(EMOTIONS)
    assert sum(first["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert [one["emotion"] for one in document["messages"][1:3]] == [None, None]


def test_a_chat_as_json_and_csv_without_names(tmp_path: Path):
    chat = tmp_path / "chat.txt"
    chat.write_text(CHAT, encoding="utf-8")
    result = fer("text", chat, "--json", tmp_path / "out.json", "--csv", tmp_path / "out.csv")
    assert result.returncode == 0, result.stderr
    assert b"22 messages; " in result.stdout
    written = (tmp_path / "out.json").read_text(encoding="utf-8")
    messages = json.loads(written)["messages"]
    assert len(messages) == 22
    assert messages[0]["person"] == 1 and messages[0]["time"] == "10:00:04"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text(encoding="utf-8"))))
    assert [row["text"] for row in rows] == [one["text"] for one in messages]
    assert "Okafor" not in written
    dropped = json.loads(fer("text", chat, "--no-persons", "--json", "-").stdout)["messages"]
    assert all("person" not in one for one in dropped)


def test_a_table_asks_for_its_column_and_stays_whole_json(tmp_path: Path):
    table = tmp_path / "answers.csv"
    table.write_text("a,b\nme,thank you\n")
    asked = fer("text", table, "--json", "-")
    assert asked.returncode == 2
    assert b"which column holds the messages?" in asked.stderr and b"there are: a, b" in asked.stderr
    assert json.loads(asked.stdout)["messages"][0]["input"] == str(table)
    told = fer("text", table, "--column", "b", "--json", "-")
    assert told.returncode == 0
    assert [one["text"] for one in json.loads(told.stdout)["messages"]] == ["thank you"]


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", b"is empty"), (b"%PDF-1.7", b"a PDF"), (b"message,n\n", b"holds no messages"), (None, b"cannot be read")],
)
def test_what_cannot_be_read_is_a_sentence_and_exit_code_2(tmp_path: Path, data: bytes | None, said: bytes):
    path = tmp_path / "odd.csv"
    if data is not None:
        path.write_bytes(data)
    result = fer("text", path)
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stdout == b""


def test_an_input_is_never_overwritten(tmp_path: Path):
    path = tmp_path / "chat.txt"
    path.write_text("hello\n")
    assert fer("text", path, "--json", path).returncode == 2
    assert path.read_text() == "hello\n"


def test_a_model_that_is_not_there_is_said(tmp_path: Path):
    result = fer("text", "-", "--model", "nobody", given=b"hi\n")
    assert result.returncode == 2
    assert b"no text model is called nobody" in result.stderr
