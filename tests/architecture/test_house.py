"""The rules of the house that a machine can see: sizes, names, words, files."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest

from fer import errors
from fer.training.recipe_files import preset_names

SUFFIXES = {".py", ".md", ".toml", ".txt", ".json", ".css", ".js", ".html", ".cfg", ".yml", ".yaml", ".sh", ""}
LARGEST_ONNX = 6_000_000
LARGEST_FILE = 8_000_000


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_sizes(root: Path):
    assert lines_of(root / "app.py") < 40
    too_long = {path.name: lines_of(path) for path in (root / "pages").glob("*.py") if lines_of(path) >= 80}
    too_long |= {str(path): lines_of(path) for path in (root / "fer").rglob("*.py") if lines_of(path) >= 400}
    assert too_long == {}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How long a function is without its docstring."""
    first = function.body[0]
    described = ast.get_docstring(function, clean=False) is not None
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if described else 0)


def test_functions_fit_a_screen(trees: dict[str, ast.Module]):
    long = {
        f"{path}:{node.name}": code_lines(node)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) >= 60
    }
    assert long == {}


def test_names(trees: dict[str, ast.Module]):
    vague = re.compile(r"(^|_)(utils?|helpers?|misc|common)(_|$)")
    assert [path for path in trees if any(vague.search(part) for part in Path(path).with_suffix("").parts)] == []
    classes = {node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    assert {name for name in classes if name.endswith(("Manager", "Helper", "Util", "Utils"))} == set()


def test_the_error_tree_is_drawn_whole():
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    children = {
        name for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, errors.FerError)
    }
    assert set(drawn) == children - {"FerError"}


def test_nothing_is_swallowed(trees: dict[str, ast.Module]):
    # `except Exception` may hand on (raise, return, log); an empty body hides what happened.
    silent = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and all(isinstance(part, ast.Pass | ast.Continue) for part in node.body)
    ]
    assert silent == []


def test_widget_keys_are_page_dot_control(trees: dict[str, ast.Module]):
    wrong = []
    for path, tree in trees.items():
        if not path.startswith(("pages/", "fer/ui/")):
            continue
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if ast.unparse(call.func).endswith("container"):
                continue  # its key is a CSS class, in which a dot means something else
            for word in call.keywords:
                key = word.value.value if word.arg == "key" and isinstance(word.value, ast.Constant) else None
                if isinstance(key, str) and not re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", key):
                    wrong.append(f"{path}: {key}")
    assert wrong == []


def test_buttons_are_asked_where_no_click_is_lost(trees: dict[str, ast.Module]):
    # What st.button answers is gone when another run begins before it is reached; fer/ui/buttons.py keeps it.
    wrong = []
    for path, tree in trees.items():
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) in ("st.button", "st.form_submit_button") and id(call) not in alone:
                wrong.append(f"{path}:{call.lineno}")
    assert wrong == []


def test_no_file_names_a_place_that_others_lack(repository_files: list[Path], root: Path):
    # A folder of one machine, a user's home, or a mirror instead of the public registry.
    places = re.compile(
        r"(?<![\w.])/(work|home/(?!me/)\w|Users/(?!me/)\w|root/)|[A-Z]:\\\\?Users|--(extra-)?index-url|PIP_INDEX_URL|file:///|artifactory"
    )
    me = Path(__file__).resolve()
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()[:100]}"
        for path in repository_files
        if path.suffix in SUFFIXES and path.resolve() != me
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if places.search(line)
    ]
    assert found == []


def test_no_unfinished_work(repository_files: list[Path], root: Path):
    unfinished = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|NotImplemented" + "Error")
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in repository_files
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unfinished.search(line)
    ]
    assert found == []


def test_no_file_is_too_large(repository_files: list[Path], root: Path):
    large = {str(path.relative_to(root)): path.stat().st_size for path in repository_files}
    assert {name: size for name, size in large.items() if size > LARGEST_FILE} == {}


def test_nothing_of_the_shared_data_is_committed(repository_files: list[Path], root: Path, shared: Path):
    by_size: dict[int, list[Path]] = {}
    for path in (shared / "data").rglob("*"):
        if path.is_file():
            by_size.setdefault(path.stat().st_size, []).append(path)
    copies = [
        str(path.relative_to(root))
        for path in repository_files
        for other in by_size.get(path.stat().st_size, [])
        if path.stat().st_size and path.read_bytes() == other.read_bytes()
    ]
    assert copies == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_has_its_reason(root: Path, name: str):
    lines = (root / name).read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if line.strip() and not line.startswith(("#", "-r "))]
    assert packages
    wrong = [line for line in packages if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9.]* +# \S.+", line)]
    assert wrong == []
    names = [line.split("==")[0] for line in packages]
    assert len(names) == len(set(names))


def test_every_model_that_ships_is_what_its_manifest_says(root: Path):
    document = json.loads((root / "models" / "manifest.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1
    assert document["models"]
    # Each has its card (tests/unit/evaluation/test_card.py holds it to the figures).
    named = {"manifest.json"} | {
        f"cards/{model['name']}.{form}" for model in document["models"] for form in ("html", "md")
    }
    for model in document["models"]:
        for kind, file in model["files"].items():
            path = root / "models" / file["path"]
            data = path.read_bytes()
            assert hashlib.sha256(data).hexdigest() == file["sha256"], path
            assert len(data) == file["bytes"], path
            assert kind != "onnx" or len(data) <= LARGEST_ONNX, path
            named.add(path.relative_to(root / "models").as_posix())
        assert model["licence"] and model["command"] and model["data"] and model["figures"]
        assert "onnx" in model["files"]
    stray = {path.relative_to(root / "models").as_posix() for path in (root / "models").rglob("*") if path.is_file()}
    assert stray - named - {"README.md"} == set()


def test_the_command_of_every_model_that_ships_is_one(root: Path):
    document = json.loads((root / "models" / "manifest.json").read_text(encoding="utf-8"))
    for model in document["models"]:
        words = shlex.split(model["command"])
        assert words[:2] == ["python", "-m"] and importlib.util.find_spec(f"{words[2]}.__main__"), model["command"]
        if "--recipe" in words:
            assert words[words.index("--recipe") + 1] in preset_names()
        assert (model["kind"] == "face") == ("--recipe" in words)


def test_each_kind_of_model_has_one_default(root: Path):
    document = json.loads((root / "models" / "manifest.json").read_text(encoding="utf-8"))
    for kind in {model["kind"] for model in document["models"]}:
        assert sum(model.get("default", False) for model in document["models"] if model["kind"] == kind) == 1
