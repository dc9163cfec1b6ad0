"""The worker's job that checks a data set: its structure, then faces and labels with detector and network.

Each stage is kept when it is whole, so a page shows what is there, and a run that was stopped goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
from pydantic import BaseModel

from fer.dataset.face_check import face_scores, not_faces
from fer.dataset.finding import Finding, Findings
from fer.dataset.network_view import description_of, model_digest
from fer.dataset.opening import Opened
from fer.dataset.origin import Origin
from fer.dataset.quality import near_findings, quick_findings
from fer.dataset.reading import Progress
from fer.dataset.results import Kept, labels_digest
from fer.dataset.stages import StopAskedError, part_of, telling
from fer.dataset.suspect_labels import check_labels
from fer.errors import DetectorError
from fer.registry import find
from fer.runs.folder import Run

KIND = "dataset_checks"
STRUCTURE, FACES, LABELS = "structure", "faces", "labels"
NOT_LOOKED = "Whether images are faces was not checked."


class ChecksConfig(BaseModel):
    """What a run of checks was asked for: the data set, and the network (None: the default)."""

    origin: Origin
    model: str | None = None


@dataclass(frozen=True)
class Checks:
    """What is known about a data set by now.

    Attributes:
        findings: What was found; identical and blank images at least.
        missing: The stages that were not done yet: ``structure``, ``faces``, ``labels``.
        notes: Sentences about what could not be checked.
    """

    findings: Findings
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()


def new_checks_run(origin: Origin, model: str | None = None) -> Run:
    """Make a run that checks a data set; ``fer.runs.worker.start`` sets it going.

    Raises:
        StorageError: If FER_HOME cannot be written.
    """
    return Run.create(KIND, "quick", ChecksConfig(origin=origin, model=model).model_dump(mode="json"))


def known_checks(origin: Origin, opened: Opened, model: str | None = None) -> Checks:
    """Return what is known about a data set: about a second for FER2013, whatever was done before.

    Args:
        origin: Where the data set comes from.
        opened: The data set.
        model: The network whose findings are looked for; None takes the default.

    Raises:
        ModelError: If there is no such model.
    """
    kept, keys = Kept(origin, opened), _keys(opened, model)
    parts = {what: kept.document(what, **asked) for what, asked in keys.items()}
    found = {what: part for what, part in parts.items() if part is not None}
    n = len(opened.faces)
    findings = Findings.from_json(found[STRUCTURE]) if STRUCTURE in found else quick_findings(opened.faces)
    notes: list[str] = []
    for what in (FACES, LABELS):
        if what in found:
            findings = findings + Findings(Findings.from_json(found[what]).items, n)
            notes += found[what]["notes"]
    return Checks(findings, tuple(what for what in keys if what not in found), tuple(notes))


def run(run: Run) -> bool:
    """Check a run's data set; see ``fer.runs.jobs.Work``.

    Raises:
        DataError: If it cannot be read.
        ModelError: If the network cannot be loaded.
        StorageError: If the results cannot be kept.
    """
    # Two detectors work side by side; OpenCV's own threads would only get in their way.
    cv2.setNumThreads(1)
    config = ChecksConfig.model_validate(run.config())
    progress = telling(run)
    try:
        opened = config.origin.open(part_of(progress, 0.0, 0.05))
        checks = check(config.origin, opened, config.model, part_of(progress, 0.05, 1.0))
    except StopAskedError:
        return False
    run.append_metric({"findings": checks.findings.counts(), "notes": list(checks.notes)})
    return True


def check(origin: Origin, opened: Opened, model: str | None, progress: Progress) -> Checks:
    """Do the stages that are missing, keep each, and return what is known then.

    Raises:
        ModelError: If the network cannot be loaded.
        StorageError: If the results cannot be kept.
    """
    kept, keys = Kept(origin, opened), _keys(opened, model)
    before = known_checks(origin, opened, model)
    # What could not be checked the last time, as without the detector's weights, may go now.
    missing = (*before.missing, FACES) if NOT_LOOKED in " ".join(before.notes) else before.missing

    def keep(what: str, findings: Findings, notes: tuple[str, ...] = ()) -> None:
        about = {"name": opened.name, "sha256": opened.sha256}
        kept.keep_document(what, {**findings.as_json(opened.faces, about), "notes": list(notes)}, **keys[what])

    if STRUCTURE in missing:
        quick = quick_findings(opened.faces)
        keep(STRUCTURE, quick + near_findings(opened.faces, quick, part_of(progress, 0.0, 0.25)))
    if FACES in missing:
        keep(FACES, *_faces_stage(origin, opened, model, progress))
    if LABELS in missing:
        structure = known_checks(origin, opened, model).findings
        description = description_of(origin, opened, model, part_of(progress, 0.25, 0.55))
        labels = check_labels(opened.faces, description.features, structure, part_of(progress, 0.8, 1.0))
        keep(LABELS, Findings(labels.suspects, len(opened.faces)), labels.notes)
    return known_checks(origin, opened, model)


def _faces_stage(
    origin: Origin, opened: Opened, model: str | None, progress: Progress
) -> tuple[Findings, tuple[str, ...]]:
    n = len(opened.faces)
    description = description_of(origin, opened, model, part_of(progress, 0.25, 0.55))
    found: list[Finding] = []
    try:
        scores = face_scores(opened.faces.images, part_of(progress, 0.55, 0.8))
    except DetectorError as problem:
        return Findings((), n), (f"{NOT_LOOKED} {problem}",)
    found = not_faces(opened.faces, scores, description.probabilities, find(model, "face").unsure_below)
    return Findings(tuple(found), n), ()


def _keys(opened: Opened, model: str | None) -> dict[str, dict[str, Any]]:
    """Return what each stage depends on besides the images."""
    network, labels = model_digest(find(model, "face")), labels_digest(opened.faces)
    return {STRUCTURE: {"labels": labels}, FACES: {"model": network}, LABELS: {"model": network, "labels": labels}}
