"""A recording in, emotion over time out: the same for the command line, the page and the benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from fer.audio.classify import SpeechClassifier, open_classifier
from fer.audio.frames import HOP_S, RATE_HZ, frames_of
from fer.audio.read import BLOCK_S, Sound, SoundInfo, SoundReader
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
        duration_s: From its beginning to the sound's end.
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
    with SoundReader(source, name) as reader:
        ear = _Ear(classifier)
        for samples in reader.blocks():
            ear.begins_s = reader.begins_s
            ear.hear(samples)
            if on_progress is not None:
                length_s = reader.info.duration_s
                on_progress(reader.read_s / length_s if length_s else None, f"{reader.read_s:.0f} s")
        return ear.told(reader.name, reader.notes, reader.info)


def analyze_sound(sound: Sound, name: str, classifier: SpeechClassifier | None = None) -> Speech:
    """Hear a recording that was read already; see ``analyze_speech``.

    Raises:
        InputError: If nobody speaks in it.
        ModelError: If there is no speech model.
    """
    ear = _Ear(classifier or open_classifier())
    ear.begins_s = sound.begins_s
    size = round(BLOCK_S * RATE_HZ)
    for first in range(0, len(sound.samples), size):
        ear.hear(sound.samples[first : first + size])
    return ear.told(name, sound.notes, sound.info)


class _Ear:
    """Hears block after block of a recording.

    Attributes:
        begins_s: When the sound begins in the recording.
    """

    def __init__(self, classifier: SpeechClassifier):
        self._classifier = classifier
        self.begins_s = 0.0
        self._heard: list[Heard] = []
        self._samples = 0
        self._speech_s, self._loudest_db = 0.0, -140.0

    def hear(self, samples: FloatArray) -> None:
        """Hear the next block."""
        frames = frames_of(samples)
        mask = speech_mask(frames)
        begins_s = self.begins_s + self._samples / RATE_HZ
        self._heard += _classified(windows_of(frames, mask, begins_s), self._classifier)
        self._samples += len(samples)
        self._speech_s += float(mask.sum()) * HOP_S
        self._loudest_db = max(self._loudest_db, float(frames.level_db.max()))

    def told(self, name: str, notes: Sequence[str], info: SoundInfo) -> Speech:
        """Return what was heard.

        Raises:
            InputError: If nobody spoke.
        """
        duration_s = self._samples / RATE_HZ
        if not self._heard:
            raise InputError(_nothing_said(name, notes, duration_s, self._loudest_db))
        told = ["It is a video: only its sound was used."] if info.video else []
        entry = self._classifier.entry
        return Speech(
            name, self.begins_s + duration_s, self._speech_s, tuple(self._heard), entry.name, entry.unsure_below,
            (*told, *notes),
        )  # fmt: skip


def _classified(windows: list[Window], classifier: SpeechClassifier) -> list[Heard]:
    rows = classifier.probabilities(windows)
    return [
        Heard(window.start_s, window.end_s, window.speech_s, row) for window, row in zip(windows, rows, strict=True)
    ]


def _nothing_said(name: str, notes: Sequence[str], duration_s: float, loudest_db: float) -> str:
    told = f" {' '.join(notes)}" if notes else ""
    if loudest_db < QUIET_DB:
        return (
            f"{name} is silent ({duration_s:.1f} s, nothing above {QUIET_DB:g} dB).{told} Check the microphone, and "
            "that it is not muted."
        )
    return (
        f"{name}: no speech was found in its {duration_s:.1f} s. Expected at least half a second of somebody speaking, "
        f"louder than the noise around.{told}"
    )
