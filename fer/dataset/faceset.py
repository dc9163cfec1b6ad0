"""The one form that every reader of faces gives, and every check, statistic and training takes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

USAGES = ("Training", "PublicTest", "PrivateTest")

_UNNAMED: npt.NDArray[np.str_] = np.empty(0, np.str_)


@dataclass(frozen=True, eq=False)
class FaceSet:
    """FER2013, or faces in its form, in memory; its arrays belong together row by row.

    Attributes:
        images: Grey faces, shape ``(n, 48, 48)``, uint8 in [0, 255]; may be a read-only memory map.
        labels: Emotion of each row in FER2013's order, shape ``(n,)``, uint8 in 0..6.
        usage: Index into ``USAGES``, shape ``(n,)``, uint8.
        source: Where each row comes from, as people look it up, shape ``(n,)``, text: ``row 17`` (data rows counted
            from 1) or ``train/happy/Training_123.jpg``. Left out, rows are numbered as they come.
        votes: FER+'s shares of the seven emotions, shape ``(n, 7)``, float32, each row summing to 1, or to 0 where no
            vote fell on one of the seven; None where they are not joined.
        drawn: Whether these are faces that we drew ourselves.
        by_chance: Whether the data names no usages, and all were shared out by chance here.

    Raises:
        ValueError: If the arrays do not have one entry for each row.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    usage: npt.NDArray[np.uint8]
    source: npt.NDArray[np.str_] = field(default_factory=lambda: _UNNAMED)
    votes: npt.NDArray[np.float32] | None = None
    drawn: bool = False
    by_chance: bool = False

    def __post_init__(self) -> None:
        n = len(self.images)
        if self.source is _UNNAMED:
            object.__setattr__(self, "source", numbered_rows(np.arange(1, n + 1)))
        lengths = {len(self.labels), len(self.usage), len(self.source), n if self.votes is None else len(self.votes)}
        if lengths != {n}:
            raise ValueError(f"expected {n} labels, usages, sources and votes for {n} images, got {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_] | slice) -> FaceSet:
        """Return some rows, in the order asked for, with everything that belongs to them.

        Args:
            rows: Row numbers from 0, a mask of ``n`` booleans, or a slice.
        """
        votes = None if self.votes is None else self.votes[rows]
        return FaceSet(
            self.images[rows], self.labels[rows], self.usage[rows], self.source[rows], votes=votes, drawn=self.drawn,
            by_chance=self.by_chance,
        )  # fmt: skip

    def split(self, usage: str) -> FaceSet:
        """Return the rows of one usage.

        Raises:
            ValueError: If ``usage`` is not one of ``USAGES``.
        """
        return self.take(self.usage == USAGES.index(usage))


def numbered_rows(numbers: npt.NDArray[np.integer]) -> npt.NDArray[np.str_]:
    """Name data rows of a table by their numbers, which count from 1.

    >>> numbered_rows(np.array([1, 17])).tolist()
    ['row 1', 'row 17']
    """
    return np.char.add("row ", numbers.astype(np.str_))


def row_numbers(source: npt.NDArray[np.str_]) -> npt.NDArray[np.int64] | None:
    """Return the numbers of data rows from their names, or None where the rows are no table's.

    >>> row_numbers(np.array(["row 1", "row 17"])).tolist(), row_numbers(np.array(["happy/a.jpg"]))
    ([1, 17], None)
    """
    if not np.char.startswith(source, "row ").all():
        return None
    try:
        return np.char.lstrip(source, "row ").astype(np.int64)
    except ValueError:
        return None
