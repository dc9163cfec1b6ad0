"""YuNet's weights: from FER_YUNET_PATH, from the cache, or fetched once from the OpenCV Zoo by checksum."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from fer.errors import DetectorError
from fer.settings import settings

SHA256 = {
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4": "face_detection_yunet_2023mar.onnx",
    "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0": "face_detection_yunet_2026may.onnx",
}
"""The zoo's two files; the weights in them are the same."""

FETCHED = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
RETRY_S = 600.0
MISSING = (FileNotFoundError, NotADirectoryError)

log = logging.getLogger(__name__)
_lock = threading.Lock()
_failed: tuple[float, str] | None = None


def yunet_weights(fetch: bool = True) -> Path:
    """Return the path of YuNet's verified weights.

    Args:
        fetch: Whether the network may be asked. A failed download is not tried again for ten minutes, so that a
            machine without network does not wait at every photo.

    Raises:
        DetectorError: If they cannot be had, with the reason.

    Sources:
        Wu et al. 2023, "YuNet: A Tiny Millisecond-level Face Detector"; github.com/opencv/opencv_zoo (MIT).
    """
    chosen = settings().yunet_path
    if chosen is not None:
        return _checked(chosen, f"FER_YUNET_PATH ({chosen})")
    cache = settings().home / "cache" / "detectors"
    for name in SHA256.values():
        try:
            return _checked(cache / name, str(cache / name))
        except DetectorError as problem:
            if not isinstance(problem.__cause__, MISSING):
                log.warning("%s It is fetched again.", problem)
    if not fetch:
        raise DetectorError("YuNet's weights are not on this machine yet; they are fetched (230 KB) at first use.")
    return _fetch(cache)


def _checked(path: Path, what: str) -> Path:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except MISSING as problem:
        raise DetectorError(
            f"{what}: there is no such file. Expected YuNet's ONNX weights from the OpenCV Zoo."
        ) from problem
    except OSError as problem:
        raise DetectorError(f"{what} cannot be read ({problem.strerror}). Check its permissions.") from problem
    if digest not in SHA256:
        raise DetectorError(
            f"{what} is not one of YuNet's files or is damaged (sha256 {digest[:12]}…). "
            f"Expected {' or '.join(SHA256.values())} from the OpenCV Zoo."
        )
    return path


def _fetch(cache: Path) -> Path:
    global _failed
    with _lock:
        if _failed and time.monotonic() - _failed[0] < RETRY_S:
            raise DetectorError(_failed[1])
        try:
            import pooch

            pooch.get_logger().setLevel("WARNING")
            downloader = pooch.HTTPDownloader(timeout=settings().download_timeout_s)
            got = pooch.retrieve(
                settings().yunet_url, f"sha256:{FETCHED}", SHA256[FETCHED], cache, downloader=downloader
            )
        # requests' errors are OSErrors; pooch raises ValueError for a wrong checksum.
        except (OSError, ValueError) as problem:
            sentence = _sentence(problem, cache)
            _failed = (time.monotonic(), sentence)
            raise DetectorError(sentence) from problem
        _failed = None
        return Path(got)


def _sentence(problem: OSError | ValueError, cache: Path) -> str:
    import requests

    host = urlsplit(settings().yunet_url).netloc
    to_do = "Connect once, or set FER_YUNET_PATH to the file."
    if isinstance(problem, requests.Timeout | requests.ConnectionError):
        reason = f"could not be fetched (no answer from {host})"
    elif isinstance(problem, requests.RequestException):
        reason = f"could not be fetched ({str(problem)[:160]})"
    elif isinstance(problem, OSError):
        reason = f"could not be kept in {cache} ({problem.strerror or problem})"
        to_do = "Set FER_HOME to a folder that can be written, or FER_YUNET_PATH to the file."
    else:
        # A hotel's sign-in page, for example: pooch has compared the checksum and kept nothing.
        reason = f"could not be fetched (what {host} sent has another checksum and was not kept)"
    return f"YuNet's weights (230 KB) {reason}. {to_do}"
