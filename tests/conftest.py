"""What every test may ask for: a home of its own, the shared data, YuNet's weights, Chromium.

No test reaches the internet and none writes into the user's own folders: the download of YuNet's weights points at
a closed port, and FER_HOME at a temporary folder, before the first module of ``fer`` is imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CI = os.environ.get("FER_CI") == "1"
SHARED_PARTS = (
    "data/faces/justin.jpg",
    "data/faces/no-faces.jpg",
    "data/faces/robocup_team.png",
    "data/faces/test.mp4",
    "data/fer2013/fer2013.npz",
    "data/fer2013/fer2013new.csv",
    "data/detectors/face_detection_yunet_2026may.onnx",
    "tools/make_gallery.py",
)
CLOSED_PORT_URL = "http://127.0.0.1:9/face_detection_yunet_2023mar.onnx"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The repository's own `fer` must come before a `fer` from PyPI, also in the processes that tests start.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["FER_YUNET_URL"] = CLOSED_PORT_URL
os.environ.pop("FER_YUNET_PATH", None)
_fallback_home = tempfile.TemporaryDirectory(prefix="classmood-tests-", ignore_cleanup_errors=True)
os.environ["FER_HOME"] = _fallback_home.name


def forget_settings() -> None:
    """Make ``fer`` read its environment again: settings, opened classifiers, and what was noted about YuNet."""
    from fer.faces import classify, detect, weights
    from fer.settings import settings

    settings.cache_clear()
    classify.open_classifier.cache_clear()
    weights._failed = None
    detect._said.clear()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary FER_HOME, with settings and classifiers read anew before and after."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("FER_HOME", str(folder))
    forget_settings()
    yield folder
    # The variable first, then the caches, so that nothing remembers a folder that is gone.
    monkeypatch.undo()
    forget_settings()


@pytest.fixture
def configure(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set FER_… variables, as in ``configure(FER_MODELS=folder)``, or unset them with None, and read them anew."""

    def set_variables(**variables: object) -> None:
        for name, value in variables.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, str(value))
        forget_settings()

    return set_variables


@pytest.fixture
def as_nobody(home: Path) -> Callable[[str], str]:
    """``as_nobody(code) -> output``: run Python code that may not enter FER_HOME."""
    if not hasattr(os, "geteuid"):
        pytest.skip("Windows has no such permissions")
    prefix: list[str] = []
    if os.geteuid() == 0:
        # Modes do not hold the superuser, so the process gives up the two powers that make it so.
        if shutil.which("setpriv") is None:
            pytest.skip("no setpriv (Debian: util-linux), and permissions do not hold root")
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]

    def run(code: str) -> str:
        home.chmod(0)
        try:
            command = [*prefix, sys.executable, "-c", code]
            answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        finally:
            home.chmod(0o700)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    return run


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and tools: FER_SHARED, or ``shared`` beside the repository."""
    named = os.environ.get("FER_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    missing = [part for part in SHARED_PARTS if not (folder / part).is_file()]
    if missing:
        reason = f"real data is missing in {folder}: {', '.join(missing[:3])}"
        if CI and (named or folder.exists()):
            pytest.fail(f"{reason}. With FER_CI=1 and the folder named or there, nothing of it may be skipped.")
        pytest.skip(reason)
    return folder


@pytest.fixture
def yunet(shared: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """YuNet's weights from the shared data, set as FER_YUNET_PATH."""
    path = shared / "data" / "detectors" / "face_detection_yunet_2026may.onnx"
    monkeypatch.setenv("FER_YUNET_PATH", str(path))
    forget_settings()
    return path


@pytest.fixture(scope="session")
def fer2013(shared: Path) -> Path:
    """FER2013's Training and PublicTest rows as an ``.npz``."""
    return shared / "data" / "fer2013" / "fer2013.npz"


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser that end-to-end tests drive: FER_CHROMIUM, or Chromium as the system has it."""
    named = os.environ.get("FER_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if named is None or not Path(named).is_file():
        reason = "no Chromium (apt-get install chromium, or set FER_CHROMIUM)"
        if CI:
            pytest.fail(f"{reason}. With FER_CI=1 browser tests may not be skipped.")
        pytest.skip(reason)
    return Path(named)
