"""What ``python -m fer dataset`` does: open, check, count, convert, and say it in words and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer.dataset.clean import choose, write_clean_list
from fer.dataset.export import ImageForm, keep_inputs, write_csv, write_folders
from fer.dataset.finding import Findings
from fer.dataset.opening import Opened, open_dataset
from fer.dataset.quality import structural_findings, summary
from fer.dataset.reading import Progress
from fer.dataset.splitting import SplitRule
from fer.emotions import EMOTIONS
from fer.errors import InputError, SplitNeededError

SHARES = re.compile(r"\s*(\d*\.?\d+)\s*[,;/]\s*(\d*\.?\d+)\s*")
SHOWN_PROBLEMS = 10


@dataclass(frozen=True)
class Wanted:
    """What is asked of a data set.

    Attributes:
        data: A file or a folder.
        votes: FER+'s file, to be joined.
        split: As ``--split`` gives it, or None.
        clean: Where a clean list of the default findings goes.
        csv: Where ``fer2013.csv`` goes.
        folders: Where Kaggle's folders go.
        form: The form of the images in them.
        json: Where the document goes, for the check that it is none of the inputs.
        counted: Whether the document is asked for.
    """

    data: Path
    votes: Path | None = None
    split: str | None = None
    clean: Path | None = None
    csv: Path | None = None
    folders: Path | None = None
    form: ImageForm = "jpg"
    json: Path | None = None
    counted: bool = False

    @property
    def checked(self) -> bool:
        """Whether duplicates and blanks are looked for: not where the data is only converted."""
        return self.counted or self.clean is not None or (self.csv is None and self.folders is None)


def examine(wanted: Wanted, say: Callable[[str], object], progress: Progress) -> dict[str, Any]:
    """Open a data set, write it in other forms, check it, and write what was found.

    Args:
        wanted: What.
        say: Takes a line for people.
        progress: Called with the share done and a few words.

    Returns:
        The document of ``--json``; empty where nothing was checked.

    Raises:
        FerError: If the data cannot be used or something cannot be written.
    """
    inputs = tuple(path for path in (wanted.data, wanted.votes) if path is not None)
    for target in (wanted.clean, wanted.csv, wanted.folders, wanted.json):
        if target is not None:
            keep_inputs(target, inputs)
    opened = _opened(wanted, progress)
    for line in opened_lines(opened):
        say(line)
    if wanted.csv is not None:
        write_csv(opened.faces, wanted.csv, inputs, progress)
        say(f"{wanted.csv}: {len(opened.faces):,} rows written.")
    if wanted.folders is not None:
        write_folders(opened.faces, wanted.folders, inputs, wanted.form, progress)
        say(f"{wanted.folders}: {len(opened.faces):,} images written.")
    if not wanted.checked:
        return {}
    findings = structural_findings(opened.faces, progress)
    for line in findings_lines(summary(opened.faces, findings)):
        say(line)
    if wanted.clean is not None:
        clean = choose(opened, findings)
        write_clean_list(wanted.clean, clean)
        left_out = f"{len(clean.left_out):,} face{'s' * (len(clean.left_out) != 1)}"
        say(f"{wanted.clean}: {left_out} of Training to leave out; the other splits stay whole.")
    return document(opened, findings)


def document(opened: Opened, findings: Findings) -> dict[str, Any]:
    """Return what was read and found, as ``--json`` writes it."""
    return {
        "schema": 1,
        "data": {"name": opened.name, "kind": opened.kind, "sha256": opened.sha256},
        **summary(opened.faces, findings),
        "problems": [problem.as_json() for problem in opened.problems],
        "notes": list(opened.notes),
    }


def split_rule(text: str | None) -> SplitRule | None:
    """Read the shares of PublicTest and PrivateTest.

    Raises:
        InputError: If they are none.

    >>> split_rule("0.1,0.2")
    SplitRule(public=0.1, private=0.2, seed=0)
    """
    if text is None:
        return None
    found = SHARES.fullmatch(text)
    if found is None:
        raise InputError(f"--split takes the shares of PublicTest and PrivateTest, as 0.1,0.1; {text!r} came.")
    return SplitRule(float(found[1]), float(found[2]))


def _opened(wanted: Wanted, progress: Progress) -> Opened:
    try:
        return open_dataset(wanted.data, votes=wanted.votes, split_missing=split_rule(wanted.split), progress=progress)
    except SplitNeededError as problem:
        raise SplitNeededError(f"{problem} The option for that is --split 0.1,0.1.") from problem


def opened_lines(opened: Opened) -> Iterator[str]:
    """Say what was read: rows by usage and emotion, notes, and the first of what could not be used."""
    faces = opened.faces
    yield f"{opened.name}: {len(faces):,} faces."
    for code, usage in enumerate(("Training", "PublicTest", "PrivateTest")):
        rows = faces.usage == code
        if rows.any():
            emotions = ", ".join(f"{name} {(faces.labels[rows] == n).sum():,}" for n, name in enumerate(EMOTIONS))
            yield f"  {usage} {rows.sum():,}: {emotions}"
    yield from opened.notes
    count = len(opened.problems)
    if count:
        yield f"{count:,} problem{'s' * (count != 1)}; what they are about was left out:"
    yield from (f"  {problem.message}" for problem in opened.problems[:SHOWN_PROBLEMS])
    if count > SHOWN_PROBLEMS:
        yield f"  and {count - SHOWN_PROBLEMS:,} more: --json lists them all."


def findings_lines(counts: dict[str, Any]) -> Iterator[str]:
    """Say how many images are there twice, in two splits, under two labels, or blank."""
    for key, words in (("duplicates", "Identical images"), ("near_duplicates", "The same photograph twice")):
        about = counts[key]
        yield (
            f"{words}: {about['images']:,} images in {about['groups']:,} groups; {about['across_splits']:,} of them "
            f"across splits, {about['label_conflicts']:,} with different labels."
        )
    yield f"Blank: {counts['blank']:,}; nearly blank: {counts['nearly_blank']:,}."
