"""Where a data set comes from, in the words of a run's config, so that a worker opens what the page has open."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fer.dataset.caching import folder_for
from fer.dataset.opening import Opened, open_dataset, open_demo
from fer.dataset.reading import Progress
from fer.dataset.splitting import SplitRule
from fer.settings import settings

DEMO = "demo"
"""What stands in place of a path for the faces that we draw ourselves."""


class Origin(BaseModel):
    """A data set that can be opened again.

    Attributes:
        data: The absolute path of a file or folder, or ``demo``.
        votes: The absolute path of FER+'s votes, or None.
        split: How faces without a usage are shared out, or None.
        per_emotion: Of the demo set, faces of each emotion.
        seed: Of the demo set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: str
    votes: str | None = None
    split: SplitRule | None = None
    per_emotion: int = 160
    seed: int = 0

    def open(self, progress: Progress | None = None) -> Opened:
        """Open it.

        Raises:
            SplitNeededError: If faces have no usage, and ``split`` does not say how to share them out.
            DataError: If it cannot be read.
        """
        if self.data == DEMO:
            return open_demo(self.per_emotion, self.seed, progress)
        votes = Path(self.votes) if self.votes else None
        return open_dataset(Path(self.data), votes=votes, split_missing=self.split, progress=progress)

    @property
    def kept_in(self) -> Path:
        """The folder of what is made from it: with the upload where it is one, so that both go together."""
        return (settings().home / "datasets" if self.data == DEMO else folder_for(Path(self.data))) / "results"
