"""A recording in, emotion over time out: the same for the command line, the page and the benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from fer.audio.classify import SpeechClassifier, open_classifier
from fer.audio.frames import HOP_S, RATE_HZ, Frames, frames_of
from fer.audio.read import SoundReader
from fer.audio.windows import Window, speech_mask, windows_of
from fer.errors import InputError
from fer.faces.pipeline import mood_as_json

FloatArray = npt.NDArray[np.float32]
Tell = Callable[[float | None, str], None]

QUIET_DB = -75.0


@dataclass(frozen=True)
class Heard:
    """One window with what the model reads in it.

    Attributes:
        start_s: Where it begins in the recording.
        end_s: Where it ends.
        speech_s: How long somebody speaks in it.
        probabilities: Shape ``(7,)``, FER2013's order.
    """

    start_s: float
    end_s: float
    speech_s: float
    probabilities: FloatArray


@dataclass(frozen=True)
class Speech:
    """What was heard in a recording.

    Attributes:
        name: What it is called.
        duration_s: Its length.
        speech_s: How long somebody speaks in it.
        windows: In the order of time; at least one.
        model: Name of the model.
        unsure_below: A highest probability below this is called unsure.
        notes: Sentences on what was wrong with the recording.
    """

    name: str
    duration_s: float
    speech_s: float
    windows: tuple[Heard, ...]
    model: str
    unsure_below: float
    notes: tuple[str, ...]

    @property
    def probabilities(self) -> FloatArray:
        """The mean over the windows, each weighing as much as is said in it; shape ``(7,)``, FER2013's order."""
        weights = np.array([window.speech_s for window in self.windows])
        rows = np.stack([window.probabilities for window in self.windows])
        mean: FloatArray = (weights[:, None] * rows).sum(axis=0) / weights.sum()
        return mean.astype(np.float32)

    def as_json(self) -> dict[str, Any]:
        """Return the recording's element of ``files``."""
        return {
            "input": self.name,
            "duration_s": round(self.duration_s, 2),
            "speech_s": round(self.speech_s, 2),
            "model": self.model,
            **({"notes": list(self.notes)} if self.notes else {}),
            **mood_as_json(self.probabilities, self.unsure_below),
            "windows": [
                {
                    "start_s": window.start_s,
                    "end_s": window.end_s,
                    **mood_as_json(window.probabilities, self.unsure_below),
                }
                for window in self.windows
            ],
        }


def analyze_speech(
    source: Path | BinaryIO,
    name: str | None = None,
    classifier: SpeechClassifier | None = None,
    on_progress: Tell | None = None,
) -> Speech:
    """Hear a recording, block by block: memory does not depend on its length.

    Args:
        source: A file, or one that lies in memory.
        name: What it is called in messages and results.
        classifier: The default model where None.
        on_progress: Told the share that is done (None where the file does not say its length) and the time reached.

    Raises:
        InputError: If it cannot be read, or nobody speaks in it.
        ModelError: If there is no speech model.
    """
    classifier = classifier or open_classifier()
    heard: list[Heard] = []
    speech_s, loudest_db = 0.0, -100.0
    with SoundReader(source, name) as reader:
        for begins_s, frames in _blocks(reader):
            mask = speech_mask(frames)
            heard += _classified(windows_of(frames, mask, begins_s), classifier)
            speech_s += float(mask.sum()) * HOP_S
            loudest_db = max(loudest_db, float(frames.level_db.max()))
            if on_progress is not None:
                length_s = reader.info.duration_s
                on_progress(reader.read_s / length_s if length_s else None, f"{reader.read_s:.0f} s")
        if not heard:
            raise InputError(_nothing_said(reader, loudest_db))
        notes = list(reader.notes)
        if reader.info.video:
            notes.insert(0, "It is a video: only its sound was used.")
        return Speech(
            reader.name, reader.read_s, speech_s, tuple(heard), classifier.entry.name, classifier.unsure_below,
            tuple(notes),
        )  # fmt: skip


def _blocks(reader: SoundReader) -> Iterator[tuple[float, Frames]]:
    """Yield where each block begins, in seconds, and its frames."""
    begins_s = 0.0
    for samples in reader.blocks():
        yield begins_s, frames_of(samples)
        begins_s += len(samples) / RATE_HZ


def _classified(windows: list[Window], classifier: SpeechClassifier) -> list[Heard]:
    rows = classifier.probabilities(windows)
    return [
        Heard(window.start_s, window.end_s, window.speech_s, row) for window, row in zip(windows, rows, strict=True)
    ]


def _nothing_said(reader: SoundReader, loudest_db: float) -> str:
    told = f" {' '.join(reader.notes)}" if reader.notes else ""
    if loudest_db < QUIET_DB:
        return (
            f"{reader.name} is silent ({reader.read_s:.1f} s, nothing above {QUIET_DB:g} dB).{told} Check the "
            "microphone, and that it is not muted."
        )
    return (
        f"{reader.name}: no speech was found in its {reader.read_s:.1f} s. Expected at least half a second of somebody "
        f"speaking, louder than the noise around.{told}"
    )
