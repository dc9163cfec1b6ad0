"""Kaggle's download: kagglehub itself, against a stand-in that answers as Kaggle does, and against nobody."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fer.dataset.faceset import FaceSet
from fer.dataset.kaggle import FILE, download_fer2013
from fer.dataset.opening import open_dataset
from fer.dataset.places import fer2013_path
from fer.errors import DataError, InputError, StorageError

TOKEN = "KGAT_0123456789abcdef"
NOBODY = "http://127.0.0.1:9"


class Kaggle(ThreadingHTTPServer):
    """What of Kaggle's API a download asks for. It stands as the proxy of kagglehub's own test address."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.file = b""
        self.accepted = {f"Bearer {TOKEN}", "Basic bWU6a2V5"}
        self.asked: list[tuple[str, str]] = []
        self.cut = False


class Answer(BaseHTTPRequestHandler):
    server: Kaggle

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        call = self.path.rsplit("/", 1)[-1]
        self.server.asked.append((call, self.headers.get("Authorization", "")))
        if self.headers.get("Authorization") not in self.server.accepted:
            self._send(401, "application/json", b'{"code": 401, "message": "Unauthenticated"}')
        elif call == "GetDataset":
            self._send(200, "application/json", json.dumps({"currentVersionNumber": 1}).encode())
        elif call == "DownloadDataset":
            self._send(200, "application/octet-stream", self.server.file)
        else:
            self._send(404, "application/json", b'{"code": 404, "message": "Not found"}')

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server.cut and kind.endswith("stream") else body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def lone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's account without any token of Kaggle's, and no way out into the net."""
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE", "KAGGLE_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "user"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, NOBODY)


@pytest.fixture
def kaggle(lone: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kaggle]:
    server = Kaggle()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_address[1]}")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def test_a_download_with_an_api_token(kaggle: Kaggle, faces: FaceSet, csv_of, home: Path):
    kaggle.file = csv_of(faces).encode()
    said: list[tuple[float, str]] = []
    path = download_fer2013(TOKEN, progress=lambda share, doing: said.append((share, doing)))
    assert path == home / "data" / "fer2013" / FILE == fer2013_path()
    assert len(open_dataset(path).faces) == 9
    assert [call for call, _ in kaggle.asked] == ["GetDataset", "DownloadDataset"]
    assert said[0] == (0.0, "Asking Kaggle") and said[-1] == (1.0, "Fetching fer2013.csv from Kaggle")
    # Nothing of the token, and nothing half, is left.
    assert [file.name for file in path.parent.iterdir()] == [FILE]
    assert TOKEN not in "".join(map(str, said))


def test_a_download_with_what_is_in_kaggle_json(kaggle: Kaggle, tmp_path: Path, faces: FaceSet, csv_of):
    # Kaggle may send a file packed: what it is is seen from its content.
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        pack.writestr(FILE, csv_of(faces))
    kaggle.file = out.getvalue()
    path = download_fer2013('{"username": "me", "key": "key"}', folder=tmp_path / "mine")
    assert path == tmp_path / "mine" / FILE and path.read_bytes() == kaggle.file
    assert len(open_dataset(path).faces) == 9
    assert {authorization for _, authorization in kaggle.asked} == {"Basic bWU6a2V5"}


def test_the_users_own_token_is_not_taken_for_a_visitors(
    kaggle: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KAGGLE_API_TOKEN", TOKEN)
    (tmp_path / "user" / ".kaggle").mkdir(parents=True)
    (tmp_path / "user" / ".kaggle" / "access_token").write_text(TOKEN)
    with pytest.raises(InputError, match=r"Kaggle did not take the token.*Make one at kaggle\.com"):
        download_fer2013('{"username": "them", "key": "theirs"}', folder=tmp_path / "mine")
    assert {authorization for _, authorization in kaggle.asked} == {"Basic dGhlbTp0aGVpcnM="}
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_file_that_breaks_off(kaggle: Kaggle, tmp_path: Path, faces: FaceSet, csv_of):
    kaggle.file, kaggle.cut = csv_of(faces).encode(), True
    with pytest.raises(DataError, match="Try again|try again"):
        download_fer2013(TOKEN, folder=tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_who_leaves_ends_the_download(kaggle: Kaggle, tmp_path: Path):
    kaggle.file = b"x" * 1000

    def leave(share: float, doing: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download_fer2013(TOKEN, folder=tmp_path / "mine", progress=leave)
    assert list((tmp_path / "mine").iterdir()) == []


def test_no_token(lone: None, tmp_path: Path):
    with pytest.raises(InputError, match=r"Kaggle asks for your own token\. Make one at kaggle\.com \(Settings"):
        download_fer2013(folder=tmp_path / "mine")
    with pytest.raises(InputError, match=r'no kaggle\.json: expected \{"username"'):
        download_fer2013('{"user": "me"}', folder=tmp_path / "mine")


def test_a_hosted_server_gives_nobody_its_own_token(kaggle: Kaggle, configure, tmp_path: Path):
    configure(FER_HOSTED="true", KAGGLE_API_TOKEN=TOKEN)
    with pytest.raises(InputError, match="Kaggle asks for your own token"):
        download_fer2013(folder=tmp_path / "mine")
    assert kaggle.asked == []


def test_no_network(lone: None, tmp_path: Path):
    with pytest.raises(DataError, match=r"Kaggle cannot be reached \(no connection\)\. Connect to the internet"):
        download_fer2013(TOKEN, folder=tmp_path / "mine")


def test_no_place_for_the_file(lone: None, tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be written"):
        download_fer2013(TOKEN, folder=tmp_path / "file" / "mine")
