"""The drawn data set: faces in FER2013's form, with flaws put in on purpose, drawn once and kept.

It lets people do everything that they would do with FER2013, also where they may not have that.
"""

from __future__ import annotations

import io
import logging
import os
import secrets
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.dataset.demo import demo_faces
from fer.dataset.faceset import FaceSet
from fer.dataset.reading import Progress, silent
from fer.emotions import EMOTIONS
from fer.settings import settings

EDITION = 1
"""Raised when other faces are drawn for the same seed, so that those kept are drawn anew."""
TWINS, WRONG_LABELS, BLANKS = 14, 10, 2
LEAST_ROWS = 200
"""A smaller set is left without flaws: they would be most of it."""

RowArray = npt.NDArray[np.intp]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Flaws:
    """Rows that were spoilt, counted from 0.

    Attributes:
        twins: Rows that show another row's image, shape ``(n, 2)``: the copy, and whose image it is. Every second copy
            has another label.
        wrong_labels: Rows whose label is not what was drawn.
        blanks: Rows of a single grey.
    """

    twins: RowArray
    wrong_labels: RowArray
    blanks: RowArray


def drawn_set(per_emotion: int, seed: int = 0, progress: Progress | None = None) -> FaceSet:
    """Return the drawn data set; the first call in a FER_HOME draws it, about 10 s for 1,120 faces, and keeps it.

    Args:
        per_emotion: Faces of each emotion over all usages.
        seed: The same seed gives the same faces.
        progress: Called while they are drawn.
    """
    progress = progress or silent
    path = settings().home / "datasets" / f"drawn-{EDITION}-{per_emotion}-{seed}.npz"
    kept = _kept(path)
    if kept is not None:
        return kept
    faces = demo_faces(per_emotion, seed, lambda share: progress(share, "Drawing faces"))
    if len(faces) >= LEAST_ROWS:
        faces, _ = spoilt(faces, seed)
    _keep(path, faces)
    return faces


def spoilt(faces: FaceSet, seed: int = 0) -> tuple[FaceSet, Flaws]:
    """Put flaws into a set, and say where: copies, some in other splits or with other labels, wrong labels, blanks."""
    rng = np.random.default_rng([seed, len(faces)])
    rows = rng.permutation(len(faces))
    copies, models, wrong, blanks, _ = np.split(rows, np.cumsum([TWINS, TWINS, WRONG_LABELS, BLANKS]))
    images, labels = faces.images.copy(), faces.labels.copy()
    images[copies] = images[models]
    labels[copies] = labels[models]
    changed = np.concatenate([copies[::2], wrong])
    labels[changed] = (labels[changed] + rng.integers(1, len(EMOTIONS), len(changed))) % len(EMOTIONS)
    images[blanks] = np.array([0, 128], np.uint8)[:, None, None]
    flaws = Flaws(np.column_stack([copies, models]), np.sort(wrong), np.sort(blanks))
    return replace(faces, images=images, labels=labels), flaws


def _kept(path: Path) -> FaceSet | None:
    try:
        with np.load(path, allow_pickle=False) as pack:
            return FaceSet(pack["pixels"], pack["emotion"], pack["usage"], drawn=True)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        log.warning("the kept drawn set %s is damaged (%s) and is drawn anew", path.name, problem)
        return None


def _keep(path: Path, faces: FaceSet) -> None:
    """Keep a set for the next time; where that cannot be, it is drawn again."""
    pack = io.BytesIO()
    np.savez_compressed(pack, pixels=faces.images, emotion=faces.labels, usage=faces.usage)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(pack.getvalue())
        os.replace(part, path)
    except OSError as problem:
        part.unlink(missing_ok=True) if part.parent.is_dir() else None
        log.warning("the drawn set could not be kept: %s", problem.strerror or problem)
