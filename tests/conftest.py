"""What every test may ask for: a home of its own, the shared data, YuNet's weights, Chromium, real databases.

No test reaches the internet and none writes into the user's own folders: the download of YuNet's weights points at
a closed port, and FER_HOME at a temporary folder, before the first module of ``fer`` is imported.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
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
    "data/speech/emodb/03a01Fa.flac",
    "data/speech/ravdess/03-01-01-01-01-01-01.flac",
    "tools/make_gallery.py",
)
CLOSED_PORT_URL = "http://127.0.0.1:9/face_detection_yunet_2023mar.onnx"
REPORT_CHARACTERS = 2_500
"""The end of what pytest says of a failure: the line, and what was raised there."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# The repository's own `fer` must come before a `fer` from PyPI, also in the processes that tests start.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# More tests run at once than there are cores: threads of one test would only wait for each other.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ.setdefault(_threads, "1")
os.environ["FER_YUNET_URL"] = CLOSED_PORT_URL
os.environ.pop("FER_YUNET_PATH", None)
_fallback_home = tempfile.TemporaryDirectory(prefix="classmood-tests-", ignore_cleanup_errors=True)
os.environ["FER_HOME"] = _fallback_home.name


def forget_settings() -> None:
    """Make ``fer`` read its environment again: settings, opened classifiers, and what was noted about YuNet."""
    from fer.audio import classify as speech
    from fer.faces import classify, detect, weights
    from fer.settings import settings
    from fer.text.classify import open_text_classifier

    settings.cache_clear()
    open_text_classifier.cache_clear()
    classify._opened.cache_clear()
    speech.open_classifier.cache_clear()
    weights._failed = None
    detect._said.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the browser tests' files among the others: they wait while the others compute, and neither is left over.

    The last fifth has none, so that no worker sits on a long file when the others are done.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [file for file in files if file.parent.name == "e2e"]
    # Backwards: the trainings of tests/unit come early, and what is short comes last.
    order = [file for file in reversed(files) if file not in waiting]
    step = 0.8 * len(order) / max(1, len(waiting))
    for n, file in enumerate(waiting):
        order.insert(round(n * step) + n, file)
    items[:] = [item for file in order for item in files[file]]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of a test that was tried once more why it failed at first, and what its pages showed then."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.write_line(report.longreprtext[-REPORT_CHARACTERS:])
        for title, text in report.sections:
            if title.startswith("page "):
                terminalreporter.write_line(f"-- {title}\n{text}")


@pytest.fixture(scope="session", autouse=True)
def _no_sweeper_among_the_tests() -> Iterator[None]:
    """Keep pages that run in this process from starting the thread that ends old classes: tests make classes of old."""
    from fer.classroom import sweeper

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeper, "keep_sweeping_classes", lambda: None)
        yield


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


class PostgreSQL:
    """A real server of the tests' own, on a free port of 127.0.0.1; it refuses to run as root, so it runs as nobody."""

    def __init__(self, binaries: Path, folder: Path):
        self._binaries, self._folder = binaries, folder
        self._prefix: list[str] = []
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            self._prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(folder, "nobody")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "classmood", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-o", options, "-w", "-l", log, "start")

    def stop(self) -> None:
        """Stop it at once, as a machine that goes down does."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")

    def database(self) -> str:
        """Make an empty database and return its address."""
        import psycopg

        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(f"postgresql://classmood@127.0.0.1:{self.port}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://classmood@127.0.0.1:{self.port}/{name}"

    def _run(self, name: str, *arguments: str) -> None:
        command = [*self._prefix, str(self._binaries / name), *arguments]
        # Its output goes to a file: a server that is started inherits it, and a pipe would never end.
        with (self._folder / "setup.txt").open("ab") as output:
            subprocess.run(command, stdout=output, stderr=output, cwd=self._folder, check=True, timeout=120)


def start_postgresql() -> PostgreSQL:
    """Start a server of its own in a temporary folder that the user who runs it may enter."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    binaries = Path(found).resolve().parent if found else folders[-1] if folders else None
    if binaries is None:
        reason = "no PostgreSQL server (apt-get install postgresql)"
        if CI:
            pytest.fail(f"{reason}. With FER_CI=1 database tests may not be skipped.")
        pytest.skip(reason)
    server = PostgreSQL(binaries, Path(tempfile.mkdtemp(prefix="classmood-pg-")))
    server.start()
    return server


def end_postgresql(server: PostgreSQL) -> None:
    """Stop a server, also one that a test stopped already, and delete its folder."""
    try:
        server.stop()
    except subprocess.CalledProcessError:
        print("the PostgreSQL server was stopped already")
    shutil.rmtree(server._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL server that the tests share; ``postgresql.database()`` gives an empty database."""
    server = start_postgresql()
    yield server
    end_postgresql(server)


@pytest.fixture
def mortal_postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server that one test may stop and start."""
    server = start_postgresql()
    yield server
    end_postgresql(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each kind that Classmood runs on."""
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'classmood.db').as_posix()}"
    return str(request.getfixturevalue("postgresql").database())


def _free_for_both(address: str) -> int:
    """Return a port that is free for UDP and for TCP: a TURN server takes both, or does not begin."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind((address, 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind((address, port))
            except OSError:
                continue
            return port


def _stun_answers(address: str, port: int) -> bool:
    """Whether a STUN server answers there."""
    from aioice import stun

    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.2)
        asking.sendto(bytes(request), (address, port))
        try:
            return bool(asking.recv(2000))
        except OSError:
            time.sleep(0.05)
            return False


@pytest.fixture(scope="session")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., int]]:
    """``coturn(*options, address="127.0.0.1") -> port``: a real TURN server of this machine, ended with the tests."""
    binary = shutil.which("turnserver")
    if binary is None:
        reason = "no TURN server (apt-get install coturn)"
        if CI:
            pytest.fail(f"{reason}. With FER_CI=1 it may not be skipped.")
        pytest.skip(reason)
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str, address: str = "127.0.0.1") -> int:
        folder = tmp_path_factory.mktemp("coturn")
        port = _free_for_both(address)
        command = [binary, "-n", "--no-cli", f"--listening-ip={address}", f"--relay-ip={address}"]
        command += [f"--listening-port={port}", "--realm=classmood.test", "--no-tls", "--no-dtls", "--no-rfc5780"]
        command += ["--allow-loopback-peers", f"--userdb={folder / 'users.db'}", f"--pidfile={folder / 'pid'}"]
        log = folder / "log.txt"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [*command, "--log-file=stdout", *options], stdout=output, stderr=output, cwd=folder
            )
        running.append(server)
        end = time.monotonic() + 30
        while not _stun_answers(address, port):
            assert server.poll() is None and time.monotonic() < end, log.read_text(errors="replace")[-2000:]
        return port

    yield start
    for server in running:
        server.terminate()
        server.wait(20)
