"""Samples to try: sentences spoken by a machine, so that nobody's voice has to be lent.

They are made by eSpeak NG, whose licence (GPL-3.0) covers the program and not what it says; ``make_samples`` makes them
again. How they sound was set by hand (pace, height, range): a machine feels nothing, and a model may hear otherwise.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer.audio.frames import RATE_HZ
from fer.audio.read import Sound, read_sound
from fer.errors import InputError

FOLDER = Path(__file__).with_name("sample_sounds")
PAUSE_S = 0.6


@dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes:
        title: What it is called.
        says: What it is, in a sentence.
        parts: What is said, each with eSpeak NG's options.
    """

    title: str
    says: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def path(self) -> Path:
        """Where it lies."""
        return FOLDER / f"{self.title.lower().replace(' ', '-')}.flac"

    def sound(self) -> Sound:
        """Read it."""
        return read_sound(self.path, self.title)


_FLAT = ("-v", "en-us", "-s", "150", "-p", "35", "-a", "90")
_LIVELY = ("-v", "en-us+f3", "-s", "205", "-p", "75", "-a", "120")
_SLOW = ("-v", "en-us+m3", "-s", "110", "-p", "20", "-a", "60")
SAMPLES: tuple[Sample, ...] = (
    Sample(
        "A lesson",
        "Three ways to speak in one recording: even, lively, slow and low. See how pitch and pace change, and whether "
        "the model's answer follows.",
        (
            ("Good morning. Today we look at waves, and at what a sound is made of.", _FLAT),
            (
                '<prosody range="x-high">Oh, look at this! It works, it really works! That is wonderful!</prosody>',
                _LIVELY,
            ),
            ("I am sorry. I did not understand it, and now it is too late.", _SLOW),
        ),
    ),
    Sample(
        "A lively voice",
        "A machine's voice, fast and high, with much melody.",
        (('<prosody range="x-high">Yes! That is the answer. Well done, everybody!</prosody>', _LIVELY),),
    ),
    Sample(
        "An even voice",
        "A machine's voice that hardly moves.",
        (('<prosody range="x-low">Please open your books on page forty two.</prosody>', _FLAT),),
    ),
)


def make_samples(folder: Path = FOLDER) -> list[Path]:
    """Speak the samples again and write them as FLAC.

    Raises:
        InputError: If eSpeak NG is not installed.
    """
    if shutil.which("espeak-ng") is None:
        raise InputError("espeak-ng is not installed (Debian: apt-get install espeak-ng). The samples were not made.")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    with tempfile.TemporaryDirectory() as place:
        for sample in SAMPLES:
            parts = []
            for text, options in sample.parts:
                wav = Path(place) / "part.wav"
                subprocess.run(["espeak-ng", "-m", *options, "-w", str(wav), text], check=True, timeout=60)
                parts += [read_sound(wav).samples, np.zeros(round(PAUSE_S * RATE_HZ), np.float32)]
            made.append(folder / sample.path.name)
            _write_flac(np.concatenate(parts[:-1]), made[-1])
    return made


def _write_flac(samples: Any, path: Path) -> None:
    import av

    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream("flac", rate=RATE_HZ, layout="mono")
        whole = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        for first in range(0, len(whole), 4096):
            frame = av.AudioFrame.from_ndarray(whole[None, first : first + 4096], format="s16", layout="mono")
            frame.sample_rate = RATE_HZ
            frame.pts = first
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
