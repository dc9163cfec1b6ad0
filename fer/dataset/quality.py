"""What is wrong with a data set, as far as its images, labels and splits tell by themselves.

What needs the detector or the network is in ``fer.dataset.model_checks``; both are done by the job
``fer.dataset.checks_job``, and what was found has one form, ``fer.dataset.finding``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.finding import Finding, Findings
from fer.dataset.near_twins import connected, near_pairs
from fer.dataset.opening import Progress
from fer.dataset.twins import RowArray, exact_groups
from fer.emotions import EMOTIONS

NEIGHBOURS = 9
"""So many grey values beside each other count as the same grey."""
NEARLY_BLANK = 0.75
"""Share of pixels of the same grey: above it FER2013 has placeholders only, just below it the first drawn face."""


def nothing_to_tell(share: float, word: str) -> None:
    """Take progress and do nothing."""


def structural_findings(faces: FaceSet, progress: Progress = nothing_to_tell) -> Findings:
    """Find everything that pixels, labels and splits tell: ``quick_findings`` and ``near_findings``.

    About 10 s of two idle cores for FER2013.

    Args:
        faces: The data set; may be empty.
        progress: Told the share done; what it raises ends the work.
    """
    quick = quick_findings(faces)
    return quick + near_findings(faces, quick, progress)


def quick_findings(faces: FaceSet) -> Findings:
    """Find identical images and blank ones: about a second for FER2013."""
    groups = exact_groups(faces.images)
    return Findings(
        (*_group_findings(faces, groups, "exact", [1.0] * len(groups)), *_blank_findings(faces)), len(faces)
    )


def near_findings(faces: FaceSet, quick: Findings, progress: Progress = nothing_to_tell) -> Findings:
    """Find what shows the same photograph without being the same pixels.

    Identical images count as one here, and join their group with all their rows. Blank and nearly blank images have
    nothing to compare and are left out.

    Args:
        faces: The data set.
        quick: What ``quick_findings`` said of it.
        progress: Told the share done.
    """
    twins = {finding.rows[0]: finding.rows for finding in quick.of("exact_duplicate").items}
    repeated = [row for rows in twins.values() for row in rows[1:]]
    single = np.setdiff1d(np.arange(len(faces)), [*repeated, *quick.rows_of("blank", "nearly_blank").tolist()])
    pairs = near_pairs(faces.images[single], progress)
    groups, weakest = [], np.ones(len(single), np.float32)
    np.minimum.at(weakest, pairs.rows.ravel(), np.repeat(pairs.similarity, 2))
    similarities = []
    for group in connected(pairs.rows, len(single)):
        similarities.append(float(weakest[group].min()))
        rows = [row for one in single[group].tolist() for row in twins.get(one, (one,))]
        groups.append(np.array(sorted(rows), np.intp))
    return Findings(tuple(_group_findings(faces, groups, "near", similarities)), len(faces))


def same_grey(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the share of each image's pixels that lie within ``NEIGHBOURS`` grey values, wherever most do.

    Args:
        images: Shape ``(n, 48, 48)``, uint8.

    Returns:
        Shape ``(n,)``, in (0, 1]; 1 for a blank image.
    """
    shares = np.empty(len(images))
    window = np.ones(NEIGHBOURS, np.int64)
    for row, image in enumerate(images):
        counts = np.bincount(image.ravel(), minlength=256)
        shares[row] = np.convolve(counts, window).max() / image.size
    return shares


def duplicate_counts(findings: Findings, near: bool = False) -> dict[str, int]:
    """Return how many groups of the same image there are, and what is wrong with them.

    Args:
        findings: What the checks found.
        near: Count the same photograph instead of identical images.

    Returns:
        ``groups``, ``images`` (in those groups), ``across_splits`` and ``label_conflicts`` (groups).
    """
    word = "near" if near else "exact"
    return {
        "groups": len(findings.of(f"{word}_duplicate")),
        "images": len(findings.rows_of(f"{word}_duplicate")),
        "across_splits": len(findings.of(f"{word}_leak")),
        "label_conflicts": len(findings.of(f"{word}_conflict")),
    }


def _group_findings(
    faces: FaceSet, groups: Sequence[RowArray], word: str, similarities: Sequence[float]
) -> list[Finding]:
    """Say of groups of the same image that they are there, cross splits, and disagree on their label."""
    duplicates, leaks, conflicts = [], [], []
    what = "identical images" if word == "exact" else "images of the same photograph"
    for rows, similarity in zip(groups, similarities, strict=True):
        labels = Counter(EMOTIONS[label] for label in faces.labels[rows])
        usages = Counter(USAGES[usage] for usage in faces.usage[rows])
        every = tuple(rows.tolist())
        where = f"{len(rows)} {what}: {_counted(labels)}; in {_counted(usages)}."
        # The split that judges keeps its image; within a split the first row stays.
        keeper = int(rows[np.argmax(faces.usage[rows])])
        others = tuple(row for row in every if row != keeper)
        duplicates.append(Finding(f"{word}_duplicate", every, where, others, similarity))
        if len(usages) > 1:
            latest = faces.usage[rows].max()
            earlier = tuple(rows[faces.usage[rows] < latest].tolist())
            leaks.append(Finding(f"{word}_leak", every, where, earlier, similarity))
        if len(labels) > 1:
            # Nobody can tell here which of the names is right.
            conflicts.append(Finding(f"{word}_conflict", every, where, every, similarity))
    return duplicates + leaks + conflicts


def _blank_findings(faces: FaceSet) -> list[Finding]:
    flat = faces.images.reshape(len(faces), -1)
    blank = flat.min(axis=1) == flat.max(axis=1) if len(faces) else np.empty(0, bool)
    found = [
        Finding("blank", (row,), f"All pixels are {flat[row, 0]}.", (row,)) for row in np.flatnonzero(blank).tolist()
    ]
    shares = same_grey(faces.images)
    for row in np.flatnonzero(~blank & (shares >= NEARLY_BLANK)).tolist():
        sentence = f"{shares[row]:.0%} of the pixels have almost the same grey."
        found.append(Finding("nearly_blank", (row,), sentence, (row,), float(shares[row])))
    return found


def _counted(names: Counter[str]) -> str:
    """Name what there is and how often: ``happy 2, sad``."""
    return ", ".join(name if count == 1 else f"{name} {count}" for name, count in names.items())


def summary(faces: FaceSet, findings: Findings) -> dict[str, Any]:
    """Return the counts as the command line writes them: rows, by usage, by emotion, duplicates, blank, findings."""
    return {
        "rows": len(faces),
        "by_usage": {name: int((faces.usage == code).sum()) for code, name in enumerate(USAGES)},
        "by_emotion": {name: int((faces.labels == label).sum()) for label, name in enumerate(EMOTIONS)},
        "duplicates": duplicate_counts(findings),
        "near_duplicates": duplicate_counts(findings, near=True),
        "blank": len(findings.of("blank")),
        "nearly_blank": len(findings.of("nearly_blank")),
        "findings": findings.counts(),
    }
