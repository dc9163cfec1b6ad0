"""Who may import what: checked on the source by import-linter, and in a fresh process at run time."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from fer.settings import ROOT as SETTINGS_ROOT

WORKERS_ONLY = {"tensorflow", "keras", "tf2onnx"}
HEAVY = WORKERS_ONLY | {"streamlit_webrtc", "aiortc", "librosa", "statsmodels", "sklearn", "skimage", "onnx"}
"""What Home does without, so that it shows within two seconds."""


def imported(tree: ast.AST) -> set[str]:
    """The top-level names of everything that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def loaded_by(code: str, cwd: Path, **variables: str) -> set[str]:
    """The top-level names that a fresh process has loaded after running some code."""
    script = f"{code}\nimport sys\nprint('LOADED', *{{name.split('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return set(next(line for line in result.stdout.splitlines() if line.startswith("LOADED")).split()[1:])


def test_import_linters_contracts_hold(root: Path):
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-2000:]
    assert "0 broken" in run.stdout


def test_only_the_screen_imports_streamlit(trees: dict[str, ast.Module]):
    streamlit = {"streamlit", "streamlit_webrtc"}
    mine = [path for path, tree in trees.items() if imported(tree) & streamlit]
    assert [path for path in mine if not path.startswith(("app.py", "pages/", "fer/ui/"))] == []


def test_pages_use_the_screen_and_leave_networks_alone(trees: dict[str, ast.Module]):
    for path, tree in trees.items():
        if path.startswith("pages/"):
            assert not imported(tree) & WORKERS_ONLY, path
            if path != "pages/live.py":
                assert "streamlit_webrtc" not in imported(tree), path


def test_fer_is_ours():
    import fer

    assert Path(fer.__file__).resolve() == SETTINGS_ROOT / "fer" / "__init__.py"


def decoy(folder: Path) -> Path:
    """Put a package into a folder that is called as ours is, as `pip install fer` does."""
    (folder / "fer").mkdir()
    (folder / "fer" / "__init__.py").write_text("raise ImportError('this is not Classmood')")
    return folder


@pytest.mark.parametrize("command", [["-m", "fer", "--help"], ["-m", "fer.runs.worker"]])
def test_our_commands_win_over_a_package_of_that_name(root: Path, tmp_path: Path, command: list[str]):
    environment = {**os.environ, "PYTHONPATH": str(decoy(tmp_path))}
    run = subprocess.run(
        [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "this is not Classmood" not in run.stderr


def test_the_app_wins_over_a_package_of_that_name(root: Path, tmp_path: Path):
    # As `streamlit run` does it: the script's folder goes to the front of the path.
    code = (
        f"from streamlit.web import bootstrap; bootstrap._fix_sys_path({str(root / 'app.py')!r}); "
        f"import fer; assert fer.__file__.startswith({str(root)!r}), fer.__file__"
    )
    loaded_by(code, tmp_path, PYTHONPATH=str(decoy(tmp_path)))


def test_no_module_of_the_screen_loads_tensorflow(root: Path, trees: dict[str, ast.Module]):
    screen = [path for path in trees if path.startswith("fer/ui/")]
    names = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in screen]
    assert names
    assert not loaded_by(f"import {', '.join(names)}", root) & WORKERS_ONLY


def test_home_loads_nothing_heavy(root: Path, tmp_path: Path):
    code = "from streamlit.testing.v1 import AppTest; app = AppTest.from_file('app.py').run(timeout=60)\n"
    code += "assert not app.exception, app.exception"
    assert not loaded_by(code, root, FER_HOME=str(tmp_path)) & HEAVY


def test_the_command_line_starts_without_networks(root: Path):
    assert not loaded_by("import fer.cli", root) & (WORKERS_ONLY | {"streamlit", "onnxruntime", "cv2"})


def test_every_import_has_its_requirement(root: Path, trees: dict[str, ast.Module]):
    pinned = {
        line.split("==")[0].lower()
        for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    owners = packages_distributions()
    wanted = set().union(*map(imported, trees.values())) - set(sys.stdlib_module_names) - {"fer", "pages"}
    # TensorFlow is installed under several names that are one code (tensorflow-cpu, tensorflow-macos).
    missing = {
        name
        for name in wanted - {"tensorflow"}
        if not {owner.lower().replace("_", "-") for owner in owners.get(name, [])} & pinned
    }
    assert missing == set()
