"""After a class nothing of a picture is on disk, in the database or in the log: numbers a second, and no more."""

from __future__ import annotations

import io
import itertools
import logging
import sqlite3
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from class_stubs import video_frame
from live_stubs import until
from PIL import Image

from fer.classroom import sessions
from fer.classroom.codes import digest
from fer.classroom.inference import Inference
from fer.classroom.live_seats import LiveSeats
from fer.classroom.records import ClassSettings
from fer.classroom.seat_stream import SeatStream
from fer.classroom.store import Store
from fer.classroom.writer import Writer
from fer.faces.crop import crop_faces
from fer.faces.detect import WEBCAM
from fer.faces.pipeline import open_analyzer

PICTURES = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG",
    "NumPy": b"\x93NUMPY",
    "pickle": b"numpy.core",
    "base64": b"/9j/",
}
NUMBERS = {"class_id", "seat_id", "t", "state", "probabilities", "attention", "engagement"}


def traces_of(photo: np.ndarray) -> dict[str, bytes]:
    """What of a frame would be found if it, its grey copy or the face's crop had been kept: some of their rows."""
    analyzer = open_analyzer()
    found = analyzer.detector.detect(photo, WEBCAM)
    crop = crop_faces(photo, found, analyzer.framing)[0]
    gray = cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY)
    middle = photo.shape[0] // 2
    return {
        "frame": photo[middle, 40:80].tobytes(),
        "gray": gray[middle, 40:80].tobytes(),
        "crop": crop[24].tobytes(),
        "crop as numbers": ", ".join(map(str, crop[24][:8])).encode(),
    }


def test_nothing_of_a_picture_stays(
    yunet: Path, shared: Path, home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer.classroom.inference.Stream.wants", lambda self, now_s: True)
    photo = cv2.imread(str(shared / "data" / "faces" / "justin.jpg"))
    assert photo is not None
    traces = traces_of(photo)
    still = io.BytesIO()
    Image.fromarray(photo[:, :, ::-1].copy()).save(still, "JPEG")
    caplog.set_level(logging.DEBUG)
    store = Store()
    writer = Writer(store, every_s=0.05)
    seats = LiveSeats(lambda: store, lambda: writer)
    opened = sessions.open_class(store, ClassSettings())
    joined = sessions.join(store, opened.code, "a", nickname="Ada", consented=True)
    live = seats.get(digest(joined.token))
    service = Inference()
    stream = SeatStream(live, service)

    turns = itertools.cycle((True, False, False, False))

    def counted() -> bool:
        live.note("connecting")
        stream.on_frame(video_frame(photo))
        stream.on_still(still.getvalue())
        # What fails is logged, and must not be logged with what it failed on. Not at every turn: only the newest
        # picture is looked at, and this would always be it.
        if next(turns):
            stream.on_still(still.getvalue()[:5000])
        time.sleep(0.1)
        return [row.state for row in store.seconds(opened.row.id)].count("mood") >= 2

    until(counted)
    stream.on_ended()
    assert seats.stop(20)
    writer.close()
    sessions.end(store, opened.row)
    store.close()
    until(lambda: not service._threads)

    files = [path for path in home.rglob("*") if path.is_file()]
    database = home / "classmood.db"
    assert database in files
    for path in files:
        content = path.read_bytes()
        for name, part in {**PICTURES, **traces}.items():
            assert part not in content, f"{name} in {path.name}"
    with sqlite3.connect(database) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(second)")}
        assert columns == NUMBERS, "whoever stores more of a second must say why, here as well"
        widest = max(len(str(row)) for row in connection.execute("SELECT * FROM second"))
    connection.close()
    assert widest < 400, "seven shares and a few numbers"
    log = "\n".join([caplog.text, *(str(record.args) for record in caplog.records)])
    for name, part in {**PICTURES, **traces}.items():
        assert part.decode("latin-1") not in log, f"{name} in the log"
    assert "Ada" not in log and joined.token not in log
