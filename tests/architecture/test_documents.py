"""The documents say what is true: commands run as written, links lead somewhere, examples give what they show."""

from __future__ import annotations

import ast
import doctest
import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from fer.settings import ROOT, Settings

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(?:bash|sh|console)\n(.*?)^```", re.M | re.S)


def commands_of(path: Path) -> list[str]:
    """Every command of a document's shell blocks, with continued lines joined and comments left out."""
    text = "\n".join(FENCE.findall(path.read_text(encoding="utf-8"))).replace("\\\n", " ")
    lines = [re.sub(r"(^|\s)#.*", "", line).removeprefix("$ ").strip() for line in text.splitlines()]
    return [line for line in lines if line]


COMMANDS = [(path.name, command) for path in DOCUMENTS for command in commands_of(path)]


@cache
def help_of(module: str, *subcommand: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", module, *subcommand, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-1000:]
    return run.stdout


def test_the_readme_starts_with_two_commands():
    assert commands_of(ROOT / "README.md")[:2] == ["pip install -r requirements.txt", "streamlit run app.py"]


@pytest.mark.parametrize(("document", "command"), COMMANDS)
def test_files_and_options_of_a_command_exist(document: str, command: str):
    words = shlex.split(command)
    for option, file in pairwise(words):
        if option == "-r" or (option == "run" and words[0] == "streamlit"):
            assert (ROOT / file).is_file(), f"{document}: {command}"
    if "python" in words[0] or words[0] == "py":
        flag = words.index("-m") if "-m" in words else None
        if flag is None:
            scripts = [word for word in words[1:] if word.endswith(".py") and not word.startswith("..")]
            assert all((ROOT / script).is_file() for script in scripts), f"{document}: {command}"
            return
        module, rest = words[flag + 1], words[flag + 2 :]
        if module.split(".")[0] not in ("fer", "benchmarks"):
            return
        grouped = module in ("fer", "fer.audio", "fer.text")
        subcommand = rest[:1] if grouped and re.fullmatch("[a-z-]+", rest[0]) else []
        shown = help_of(module, *subcommand)
        for word in rest:
            if word.startswith("--"):
                assert re.search(rf"(?<!\S){re.escape(word.split('=')[0])}(?![\w-])", shown), f"{document}: {word}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    lost = [target for target in targets if target and "://" not in target and not (path.parent / target).exists()]
    assert lost == []


def test_every_setting_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in Settings.model_fields if f"`FER_{name.upper()}`" not in text] == []


def test_every_column_and_key_is_in_the_readme():
    from fer.faces.pipeline import mood_as_json
    from fer.faces.recording import Analysis
    from fer.faces.report import FACE_COLUMNS
    from fer.faces.video import VideoInfo

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    info = VideoInfo(1280, 720, 25.0, 61.2, 0, 1530)
    recording = Analysis("class.mp4", info, 5.0, 61.2, 306, True, ("cut off",), "yunet", "model").head()
    names = [*FACE_COLUMNS, *recording, *mood_as_json(np.full(7, 1 / 7, np.float32), 0.5)]
    assert [name for name in names if f"`{name}`" not in text] == []
    for block in re.findall(r"^```json\n(.*?)^```", text, re.M | re.S):
        json.loads(block)
    assert [key for key in recording if f'"{key}":' not in text] == []


def test_every_package_is_in_the_architecture():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    parts = [path for path in (ROOT / "fer").iterdir() if (path / "__init__.py").is_file()]
    parts += [path for path in (ROOT / "fer").glob("*.py") if not path.name.startswith("__")]
    assert [path.name for path in parts if not re.search(rf"^ +{re.escape(path.name)}\b", text, re.M)] == []


def test_every_decision_is_listed():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert decisions
    assert [path.name for path in decisions if f"docs/decisions/{path.name}" not in text] == []
    numbers = [path.name[:4] for path in decisions]
    assert len(numbers) == len(set(numbers))


def test_the_changelog_is_one():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "keepachangelog.com" in text
    assert re.search(r"^## \[(Unreleased|\d+\.\d+\.\d+)\]", text, re.M)


def modules_with_examples() -> list[str]:
    names = []
    for path in sorted((ROOT / "fer").rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            names.append(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return names


def needs_keras(name: str) -> bool:
    path = ROOT / Path(*name.split(".")).with_suffix(".py")
    return path.is_file() and any(
        isinstance(node, ast.Import | ast.ImportFrom) and "keras" in ast.unparse(node)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
    )


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples_give_what_they_show(name: str):
    if needs_keras(name):
        # In a process of its own: TensorFlow stays out of this one, as it stays out of the server.
        code = f"import doctest, sys, {name} as m; sys.exit(doctest.testmod(m).failed)"
        run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=200, check=False)
        assert run.returncode == 0, run.stdout.decode()[-2000:] + run.stderr.decode()[-2000:]
        return
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
