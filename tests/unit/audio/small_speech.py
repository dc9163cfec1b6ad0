"""Train a very small speech model on voices made by arithmetic; run by test_training.py in a process of its own.

python small_speech.py FOLDER
"""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np

from fer.audio.corpora import RAVDESS_CODES, read_corpora
from fer.audio.networks import SpeechRecipe
from fer.audio.training import train_and_publish


def voice(pitch_hz: float, sway: float, random: np.random.Generator) -> np.ndarray:
    """A second of a buzz whose pitch sways: each emotion has a pitch and a sway of its own."""
    times = np.arange(16_000) / 16_000
    phase = np.cumsum(pitch_hz * 2 ** (sway * np.sin(2 * np.pi * 3 * times))) / 16_000
    sound = sum(np.sin(2 * np.pi * n * phase) / n for n in range(1, 12))
    return 0.2 * sound + random.normal(size=len(times)) * 0.01


def main(folder: Path) -> None:
    random = np.random.default_rng(0)
    place = folder / "corpora" / "ravdess"
    place.mkdir(parents=True)
    for actor in range(1, 5):
        for code in RAVDESS_CODES:
            number = int(code)
            for repetition in (1, 2):
                samples = voice(100 * 1.12**number * random.uniform(0.98, 1.02), 0.04 * (number % 3), random)
                with wave.open(str(place / f"03-01-{code}-01-01-{repetition:02}-{actor:02}.wav"), "wb") as out:
                    out.setnchannels(1)
                    out.setsampwidth(2)
                    out.setframerate(16_000)
                    out.writeframes((samples * 20_000).astype("<i2").tobytes())
    told: list[float] = []
    recipe = SpeechRecipe(takes=2, members=2, hidden=(32,), epochs=25, batch=16, rate=1e-2)
    entry = train_and_publish(
        read_corpora(folder / "corpora"), recipe, name="tiny", folder=folder / "models", command="none", default=True,
        folds=2, tell=lambda share, _: told.append(share),
    )  # fmt: skip
    stopped = train_and_publish(
        read_corpora(folder / "corpora"), recipe, name="never", folder=folder / "models", command="none",
        stop=lambda: True,
    )  # fmt: skip
    small = SpeechRecipe(kind="cnn", takes=1, channels=(8, 16), epochs=25, batch=16, rate=1e-2)
    cnn = train_and_publish(
        read_corpora(folder / "corpora"), small, name="tiny-cnn", folder=folder / "models", command="none", folds=2,
    )  # fmt: skip
    print(json.dumps({"entry": entry, "told": told, "stopped": stopped, "cnn": cnn}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
