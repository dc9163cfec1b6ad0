"""YuNet's weights: from a path, from the cache, from a server; without any of them a sentence."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fer.errors import DetectorError
from fer.faces import weights
from fer.faces.weights import yunet_weights

Configure = Callable[..., None]


class CountingHandler(SimpleHTTPRequestHandler):
    """Serves a folder and notes what was asked for."""

    asked: list[str]

    def __init__(self, *args: object, asked: list[str], **options: object):
        self.asked = asked
        super().__init__(*args, **options)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def zoo(tmp_path: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """A server of our own in the OpenCV Zoo's place: its folder, its address and what it was asked for."""
    folder, asked = tmp_path / "zoo", []
    folder.mkdir()
    handler = partial(CountingHandler, directory=str(folder), asked=asked)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/yunet.onnx", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def downloadable(monkeypatch: pytest.MonkeyPatch, shared: Path) -> bytes:
    """The weights at hand, with the pinned checksum set to theirs: the zoo's 2023 file is not among the shared data."""
    path = shared / "data" / "detectors" / "face_detection_yunet_2026may.onnx"
    digest = next(key for key, name in weights.SHA256.items() if name == path.name)
    monkeypatch.setattr(weights, "FETCHED", digest)
    return path.read_bytes()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_path_of_ones_own(yunet: Path):
    assert yunet_weights() == yunet


def test_a_path_that_is_not_there(configure: Configure, tmp_path: Path):
    configure(FER_YUNET_PATH=tmp_path / "gone.onnx")
    with pytest.raises(DetectorError, match=r"FER_YUNET_PATH \(.*gone\.onnx\): there is no such file\. Expected"):
        yunet_weights()


def test_a_path_to_something_else(configure: Configure, tmp_path: Path):
    other = tmp_path / "other.onnx"
    other.write_bytes(b"something else")
    configure(FER_YUNET_PATH=other)
    with pytest.raises(DetectorError, match=r"is not one of YuNet's files or is damaged .*Expected face_"):
        yunet_weights()


def test_a_damaged_copy(configure: Configure, shared: Path, tmp_path: Path):
    copy = tmp_path / "copy.onnx"
    data = bytearray((shared / "data" / "detectors" / "face_detection_yunet_2026may.onnx").read_bytes())
    data[1000] ^= 1
    copy.write_bytes(data)
    configure(FER_YUNET_PATH=copy)
    with pytest.raises(DetectorError, match="is damaged"):
        yunet_weights()


def test_no_network_is_said_once_and_not_tried_again(configure: Configure, monkeypatch: pytest.MonkeyPatch, home: Path):
    port = closed_port()
    configure(FER_YUNET_PATH=None, FER_YUNET_URL=f"http://127.0.0.1:{port}/yunet.onnx")
    with pytest.raises(DetectorError, match=r"could not be fetched .*Connect once, or set FER_YUNET_PATH") as first:
        yunet_weights()
    assert f"127.0.0.1:{port}" in str(first.value)
    monkeypatch.setattr("pooch.retrieve", lambda *args, **options: pytest.fail("asked again within ten minutes"))
    with pytest.raises(DetectorError) as second:
        yunet_weights()
    assert str(second.value) == str(first.value)


def test_the_network_is_not_asked_where_it_may_not(configure: Configure, monkeypatch: pytest.MonkeyPatch):
    configure(FER_YUNET_PATH=None)
    monkeypatch.setattr("pooch.retrieve", lambda *args, **options: pytest.fail("asked the network"))
    with pytest.raises(DetectorError, match="not on this machine yet"):
        yunet_weights(fetch=False)


def test_fetched_once_then_from_the_cache(
    configure: Configure, home: Path, zoo: tuple[Path, str, list[str]], downloadable: bytes
):
    folder, url, asked = zoo
    (folder / "yunet.onnx").write_bytes(downloadable)
    configure(FER_YUNET_PATH=None, FER_YUNET_URL=url)
    path = yunet_weights()
    assert path.read_bytes() == downloadable
    assert path.is_relative_to(home / "cache")
    assert len(asked) == 1

    configure(FER_YUNET_URL=f"http://127.0.0.1:{closed_port()}/yunet.onnx")
    assert yunet_weights() == path
    assert yunet_weights(fetch=False) == path
    assert len(asked) == 1


def test_wrong_bytes_are_not_kept(configure: Configure, home: Path, zoo: tuple[Path, str, list[str]]):
    folder, url, _ = zoo
    (folder / "yunet.onnx").write_bytes(b"<html>Sign in to this network</html>")
    configure(FER_YUNET_PATH=None, FER_YUNET_URL=url)
    with pytest.raises(DetectorError, match=r"sent has another checksum and was not kept\)\. Connect once"):
        yunet_weights()
    assert not [path for path in (home / "cache").rglob("*") if path.is_file()]


def test_a_server_that_lacks_the_file(configure: Configure, zoo: tuple[Path, str, list[str]]):
    configure(FER_YUNET_PATH=None, FER_YUNET_URL=zoo[1])
    with pytest.raises(DetectorError, match="could not be fetched .*404"):
        yunet_weights()


def test_a_damaged_cache_is_fetched_again(
    configure: Configure, home: Path, zoo: tuple[Path, str, list[str]], downloadable: bytes
):
    folder, url, asked = zoo
    (folder / "yunet.onnx").write_bytes(downloadable)
    configure(FER_YUNET_PATH=None, FER_YUNET_URL=url)
    path = yunet_weights()
    path.write_bytes(downloadable[:1000])
    assert yunet_weights().read_bytes() == downloadable
    assert len(asked) == 2


def test_a_cache_folder_that_cannot_be_written(configure: Configure, tmp_path: Path, zoo: tuple[Path, str, list[str]]):
    # A file stands where the folder should be: that stops the superuser too, which permissions don't.
    (tmp_path / "file").write_text("in the way")
    configure(FER_YUNET_PATH=None, FER_YUNET_URL=zoo[1], FER_HOME=tmp_path / "file" / "home")
    with pytest.raises(DetectorError, match=r"could not be kept in .*file.home.cache.detectors .*Set FER_HOME"):
        yunet_weights()
