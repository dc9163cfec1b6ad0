"""Why a model answered as it did about one face: what a worker worked out, as the page reads it. No Keras here.

    FER_HOME/runs/<the data set's room>/explained/<key>.npz

The key is the model's digest and the face's pixels. It lies in the room and goes with it, also where the face is one of
a photo that somebody brought: nothing of it outlives the upload's time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.dataset.results import UNUSABLE
from fer.errors import StorageError
from fer.evaluation.evaluated import Candidate
from fer.runs.folder import Run

UInt8Array = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]

CODE = 2
"""Raised when the same face gets another explanation: older ones are then made anew."""
PARTS = ("grad_cam", "integrated", "filters", "features")
"""The arrays that an explanation may lack."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Explanation:
    """What is known of one answer; what is signed is positive where it speaks for the emotion.

    Attributes:
        probabilities: Shape ``(7,)``, FER2013's order.
        occlusion: Shape ``(7, 48, 48)``: the probability that is lost where the face is covered.
        grad_cam: Shape ``(7, 48, 48)``, at least 0; None without gradients or convolutions.
        integrated: Shape ``(7, 48, 48)``: what each pixel adds to the score; None without gradients.
        filters: Of the first convolution, shape ``(n, kh, kw)``; None without one.
        maps: By layer: what each convolution makes of the face, shape ``(n, h, w)``.
        maps_px: Side of the maps that Grad-CAM weighs, or 0.
        features: What its last layer reads, shape ``(k,)``; None where it ends in no fully connected layer.
        gap: How far integrated gradients are from adding up, as a share.
        notes: Sentences about what could not be worked out, and why.
    """

    probabilities: FloatArray
    occlusion: FloatArray
    grad_cam: FloatArray | None = None
    integrated: FloatArray | None = None
    filters: FloatArray | None = None
    maps: dict[str, FloatArray] = field(default_factory=dict)
    maps_px: int = 0
    features: FloatArray | None = None
    gap: float = 0.0
    notes: tuple[str, ...] = ()


def explanation_key(model: Candidate, face_gray: UInt8Array) -> str:
    """Return what stands for a model and a face."""
    keras = model.entry.files["keras"].sha256 if model.entry is not None and "keras" in model.entry.files else ""
    content = f"{CODE} {model.view_digest} {keras} ".encode() + np.ascontiguousarray(face_gray).tobytes()
    return hashlib.sha256(content).hexdigest()[:24]


def keep_explanation(room: Run, key: str, found: Explanation) -> None:
    """Keep an explanation in a room.

    Raises:
        StorageError: If it cannot be written, or the room is gone.
    """
    path = _place(room, key)
    head = {"schema": 1, "layers": list(found.maps), "maps_px": found.maps_px, "gap": found.gap, "notes": found.notes}
    arrays = {"probabilities": found.probabilities, "occlusion": found.occlusion}
    for name in PARTS:
        if (array := getattr(found, name)) is not None:
            arrays[name] = array
    # Half precision is more than a picture shows, and a face has a hundred maps and more.
    arrays |= {f"maps{place}": maps.astype(np.float16) for place, maps in enumerate(found.maps.values())}
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(exist_ok=True)
        with part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, head=np.array(json.dumps(head)), **arrays)
        os.replace(part, path)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"{path.parent} cannot be written ({problem.strerror or problem}). Free some space, or open the data "
            "set again."
        ) from problem


def known_explanation(room: Run, key: str) -> Explanation | None:
    """Return an explanation that a room keeps, or None."""
    try:
        with np.load(_place(room, key), allow_pickle=False) as pack:
            head = json.loads(str(pack["head"]))
            parts = {name: pack[name] for name in PARTS if name in pack.files}
            maps = {name: pack[f"maps{i}"].astype(np.float32) for i, name in enumerate(head["layers"])}
            return Explanation(
                pack["probabilities"], pack["occlusion"], **parts, maps=maps, maps_px=int(head["maps_px"]),
                gap=float(head["gap"]), notes=tuple(map(str, head["notes"])),
            )  # fmt: skip
    except FileNotFoundError:
        return None
    except UNUSABLE as problem:
        log.warning("the explanation %s is damaged (%s) and is made anew", key, problem)
        return None


def _place(room: Run, key: str) -> Path:
    return room.folder / "explained" / f"{key}.npz"
