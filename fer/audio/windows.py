"""Where somebody speaks, and the windows that are classified: each trimmed to its speech and set to the same level.

How loud a recording is tells of the microphone more than of the mood, so every window's level is taken against its own
speech. How the level moves within a window stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer.audio.frames import HOP_S, Frames

BoolArray = npt.NDArray[np.bool_]

WINDOW_S = 4.0
STEP_S = 1.0
WHOLE_S = 4.5
"""Speech no longer than this is one window: up to here last the corpora's sentences, which the network learned from."""
LEAST_SPEECH_S = 0.4
"""A window with less speech in it is left out."""
MARGIN_S = 0.1
"""Kept on both sides of the speech."""

DYNAMICS_DB = 50.0
"""What lies further below the speech counts as this quiet: noise, codecs and the recorder's own steps are there, from
which a network would learn the studio."""

_SILENT_DB = -75.0
_BELOW_TOP_DB = 35.0
_ABOVE_NOISE_DB = 9.0
_LEAST_STEP_DB = 12.0
_VOICED = 0.75
_LEAST_VOICED_S = 0.08
_FEW_WORDS_S = 0.2
"""So long is the loudest voice where few words in a long recording leave the percentile to the noise. In clips of up to
six seconds with as much voice the percentile is never quieter: what the network learned from is cut as ever."""
_PAUSE_S = 0.3
_LN_OF_DB = np.float32(np.log(10) / 10)


@dataclass(frozen=True)
class Window:
    """A stretch that is classified as a whole.

    Attributes:
        start_s: Where it begins in the recording.
        end_s: Where it ends.
        speech_s: How long somebody speaks in it.
        frames: Its frames, levelled.
    """

    start_s: float
    end_s: float
    speech_s: float
    frames: Frames


def speech_mask(frames: Frames) -> BoolArray:
    """Tell in which frames somebody speaks: loud enough against the loudest and the noise, and near a voice's period.

    Noise without a period, however loud, is no speech; a tone or music may pass for a voice.

    Args:
        frames: As recorded, up to some minutes: the noise's level is taken from them.

    Returns:
        Shape ``(n,)``.
    """
    level = frames.level_db
    top, noise = (float(value) for value in np.percentile(level, (97, 10)))
    loudest = max(top, _loudest_voice(frames))
    if top < max(noise + _LEAST_STEP_DB, loudest - _BELOW_TOP_DB, _SILENT_DB):
        # No speech, but what is between a few words.
        top = loudest
    if top < _SILENT_DB:
        return np.zeros(len(level), bool)
    least = max(top - _BELOW_TOP_DB, min(noise + _ABOVE_NOISE_DB, top - _LEAST_STEP_DB), _SILENT_DB)
    loud = level > least
    voiced = loud & (frames.voicing > _VOICED)
    mask = np.zeros(len(level), bool)
    for first, last in _stretches(loud, round(_PAUSE_S / HOP_S)):
        if voiced[first:last].sum() * HOP_S >= _LEAST_VOICED_S:
            mask[first:last] = loud[first:last]
    return mask


def _loudest_voice(frames: Frames) -> float:
    """Return the level that a voice reaches for 0.2 s, or in all of it if it is shorter; a bang has no period."""
    levels = np.sort(frames.level_db[frames.voicing > _VOICED])
    if len(levels) * HOP_S < _LEAST_VOICED_S:
        return -np.inf
    return float(levels[-min(len(levels), round(_FEW_WORDS_S / HOP_S))])


def _stretches(mask: BoolArray, gap: int) -> list[tuple[int, int]]:
    """Return begin and end of the runs of a mask; runs with less than ``gap`` between them are one."""
    on = np.flatnonzero(mask)
    if not len(on):
        return []
    breaks = np.flatnonzero(np.diff(on) > gap)
    starts = np.concatenate([on[:1], on[breaks + 1]])
    ends = np.concatenate([on[breaks], on[-1:]]) + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def windows_of(frames: Frames, mask: BoolArray, begins_s: float = 0.0) -> list[Window]:
    """Cut a recording into windows: one where little is said, else one each second, four seconds long.

    Args:
        frames: As recorded.
        mask: Where somebody speaks, of the same length.
        begins_s: Where the frames begin in the recording.

    Returns:
        In the order of time; none where nobody speaks.
    """
    on = np.flatnonzero(mask)
    if len(on) * HOP_S < LEAST_SPEECH_S:
        return []
    if (on[-1] - on[0]) * HOP_S <= WHOLE_S:
        return [_window(frames, mask, 0, len(mask), begins_s)]
    length, step = round(WINDOW_S / HOP_S), round(STEP_S / HOP_S)
    # The last window may reach beyond the end, so that the last word is heard as often as the others.
    starts = range(0, max(1, len(mask) - length + step), step)
    return [
        _window(frames, mask, start, min(start + length, len(mask)), begins_s)
        for start in starts
        if mask[start : start + length].sum() * HOP_S >= LEAST_SPEECH_S
    ]


def _window(frames: Frames, mask: BoolArray, first: int, last: int, begins_s: float) -> Window:
    on = first + np.flatnonzero(mask[first:last])
    margin = round(MARGIN_S / HOP_S)
    first, last = max(first, int(on[0]) - margin), min(last, int(on[-1]) + 1 + margin)
    return Window(
        start_s=round(begins_s + first * HOP_S, 2),
        end_s=round(begins_s + last * HOP_S, 2),
        speech_s=round(len(on) * HOP_S, 2),
        frames=levelled(frames[first:last], mask[first:last]),
    )


def whole_window(frames: Frames) -> Window:
    """Return one window over all the speech of a clip, as the corpora's sentences are learned.

    Where no speech is found, as in a take that is all noise, the whole clip counts as speech.
    """
    mask = speech_mask(frames)
    if mask.sum() * HOP_S < LEAST_SPEECH_S:
        mask = np.ones(len(frames), bool)
    return _window(frames, mask, 0, len(mask), 0.0)


def levelled(frames: Frames, mask: BoolArray) -> Frames:
    """Set frames to one level: the mean power of the speech becomes 0 dB, and what lies 50 dB below it the floor.

    Args:
        frames: As recorded.
        mask: Where somebody speaks; at least one frame.
    """
    reference_db = np.float32(10 * np.log10(np.mean(10 ** (frames.level_db[mask].astype(np.float64) / 10))))
    floor = -DYNAMICS_DB
    return Frames(
        np.maximum(frames.log_mel - reference_db * _LN_OF_DB, np.float32(floor * _LN_OF_DB)),
        np.maximum(frames.level_db - reference_db, np.float32(floor)),
        frames.pitch_hz,
        frames.voicing,
    )
