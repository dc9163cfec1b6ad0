"""The corpora as numbers: every clip's functionals, as it is and in several other takes, made once and kept.

Sources:
    fer.audio.frames, windows and functionals, as everywhere; fer.audio.augmentation for the other takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer.audio import augmentation, frames, functionals, patches, read, windows
from fer.audio.corpora import Clips
from fer.audio.describe import DESCRIPTIONS, Description
from fer.errors import StorageError
from fer.settings import settings

FloatArray = npt.NDArray[np.float32]

MADE_BY = {
    "functionals": (frames, windows, functionals, augmentation),
    "patch": (frames, windows, patches, augmentation),
}
"""A change in any of these modules makes a new table."""
BABBLE = 5


@dataclass(frozen=True)
class FeatureTable:
    """Clips and their functionals.

    Attributes:
        clips: Which rows they are.
        takes: Shape ``(takes, n, numbers)``, float32; take 0 is the clip as it is, the others are augmented.
    """

    clips: Clips
    takes: FloatArray


def feature_table(
    clips: Clips,
    takes: int,
    on_progress: Callable[[float, str], None] | None = None,
    stop: Callable[[], bool] | None = None,
    description: Description = "functionals",
) -> FeatureTable | None:
    """Return the descriptions of clips, from ``FER_HOME/cache/speech`` where they were made before.

    Args:
        clips: What to describe.
        takes: 1 for the clips alone, more for so many minus one augmented takes of each.
        on_progress: Told the share that is done and a sentence.
        stop: Asked at every clip; None is returned once it says so.
        description: Which one.

    Raises:
        InputError: If a clip cannot be read.
        StorageError: If the cache cannot be written.
    """
    place = settings().home / "cache" / "speech" / f"{_digest(clips, description)}.npz"
    describe = DESCRIPTIONS[description]
    made = _read(place)
    if made is None or len(made) < takes:
        rows: list[FloatArray] = [] if made is None else list(made)
        sounds = [read.read_sound(clip.path).samples for clip in clips.clips]
        own = {speaker: np.flatnonzero(clips.speakers == speaker) for speaker in np.unique(clips.speakers)}
        known = len(rows)
        for take in range(known, takes):
            described = []
            for number, clip in enumerate(clips.clips):
                if stop is not None and stop():
                    return None
                random = np.random.default_rng([take, number])
                samples = sounds[number]
                if take:
                    # Babble of the same speaker: no voice of a speaker who is left out gets into the training.
                    others = [sounds[i] for i in random.choice(own[clip.speaker], BABBLE)]
                    samples = augmentation.another_take(samples, others, random)
                described.append(describe(windows.whole_window(frames.frames_of(samples)).frames))
                if on_progress is not None:
                    share = ((take - known) * len(sounds) + number) / ((takes - known) * len(sounds))
                    on_progress(share, f"Listening to the clips, take {take + 1} of {takes}")
            rows.append(np.stack(described))
            _write(place, np.stack(rows))
        made = np.stack(rows)
    return FeatureTable(clips, made[:takes])


def _digest(clips: Clips, description: Description) -> str:
    """Return a name for the table of these clips, made by this code."""
    digest = hashlib.sha256()
    for module in MADE_BY[description]:
        digest.update(Path(str(module.__file__)).read_bytes())
    for clip in clips.clips:
        digest.update(f"{clip.corpus}/{clip.path.name}:{clip.path.stat().st_size};".encode())
    return digest.hexdigest()[:24]


def _read(place: Path) -> FloatArray | None:
    try:
        with np.load(place, allow_pickle=False) as stored:
            return np.asarray(stored["takes"], np.float32)
    except (OSError, ValueError, KeyError):
        # Not there, or half written when the disk was full: it is made again.
        return None


def _write(place: Path, takes: FloatArray) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part.npz")
        np.savez(part, takes=takes)
        part.replace(place)
    except OSError as problem:
        raise StorageError(f"{place} cannot be written ({problem.strerror or problem}). Free some space.") from problem
