"""The charts that show what sound is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer.audio.frames import HOP_S, Frames
from fer.audio.functionals import cepstra_of
from fer.audio.spectra import Spectrogram, Spectrum, waveform_of
from fer.ui.theme import chart_layout, ink

if TYPE_CHECKING:
    import plotly.graph_objects as go

FloatArray = npt.NDArray[np.float32]

LINE = "#2a8f83"
MOST_POINTS = 600
VOICED = 0.6
SHADES = "Cividis"
"""Runs from dark to light for everyone, colour-blind people too."""


def waveform_chart(samples: FloatArray, begins_s: float, moment_s: float | None, height_px: int = 170) -> go.Figure:
    """Draw the air's pressure over time: the lowest and the highest sample of each pixel.

    Args:
        samples: Mono at 16 kHz.
        begins_s: Where they begin in the recording.
        moment_s: What is marked, in the recording's time; None marks nothing.
        height_px: Of the whole chart.
    """
    figure = _figure(height_px)
    times, low, high = waveform_of(samples)
    times = times + np.float32(begins_s)
    style = {"mode": "lines", "line": {"width": 0.8, "color": LINE}, "hoverinfo": "skip"}
    figure.add_scatter(x=times, y=low, **style)
    figure.add_scatter(x=times, y=high, fill="tonexty", fillcolor=LINE, **style)
    most = max(0.05, float(np.abs(samples).max()))
    figure.update_yaxes(range=[-most, most], title="pressure")
    return _in_time(figure, times, moment_s)


def spectrum_chart(
    spectrum: Spectrum, highest_hz: float = 8000.0, apart_hz: float = 40.0, height_px: int = 260
) -> go.Figure:
    """Draw how strong each frequency is at one moment, with the strongest three named.

    Args:
        spectrum: Of the moment.
        highest_hz: Where the chart ends.
        apart_hz: Of two that are closer only the stronger one is named.
        height_px: Of the whole chart.
    """
    figure = _figure(height_px)
    shown = spectrum.hz <= highest_hz
    step = max(1, int(shown.sum()) // 1000)
    count = int(shown.sum()) // step * step
    hz = spectrum.hz[:count].reshape(-1, step).mean(axis=1)
    level = spectrum.level_db[:count].reshape(-1, step).max(axis=1)
    top = float(level.max())
    low = max(-100.0, top - 80)
    figure.add_scatter(x=hz[[0, -1]], y=[low, low], mode="lines", line={"width": 0}, hoverinfo="skip")
    figure.add_scatter(
        x=hz, y=np.maximum(level, low), mode="lines", line={"width": 1.4, "color": LINE}, fill="tonexty",
        fillcolor="rgba(42,143,131,.18)", hovertemplate="%{x:.0f} Hz: %{y:.0f} dB<extra></extra>",
    )  # fmt: skip
    # They would cover each other: each name stands above all peaks, and a line higher than the one to its left.
    for place, (peak_hz, _) in enumerate(sorted(spectrum.peaks(3, apart_hz))):
        figure.add_annotation(
            x=peak_hz, y=top, text=f"{peak_hz:.0f} Hz", showarrow=False, xanchor="left", yshift=10 + 13 * place
        )
    figure.update_yaxes(range=[low, top + 26], title="decibels")
    figure.update_xaxes(range=[0, highest_hz], title="frequency in Hz")
    return figure


def spectrogram_chart(
    spectrogram: Spectrogram, begins_s: float, moment_s: float | None, height_px: int = 260
) -> go.Figure:
    """Draw spectra side by side: time to the right, frequency upwards, light where it is loud."""
    return _picture(
        spectrogram.times_s + np.float32(begins_s), spectrogram.hz[::2], spectrogram.level_db[::2], "frequency in Hz",
        moment_s, height_px,
    )  # fmt: skip


def mel_chart(frames: Frames, begins_s: float, moment_s: float | None, height_px: int = 230) -> go.Figure:
    """Draw the mel bands: what the network's numbers are made from."""
    level_db = (10 / np.log(10) * frames.log_mel).T
    return _picture(_times(frames, begins_s), np.arange(64), level_db, "mel band", moment_s, height_px)


def cepstra_chart(frames: Frames, begins_s: float, moment_s: float | None, height_px: int = 230) -> go.Figure:
    """Draw the cepstral coefficients 1 to 19 (0 is the loudness), each on its own scale."""
    cepstra = cepstra_of(frames.log_mel)[:, 1:].T
    loud = frames.level_db > frames.level_db.max() - 40
    middle, spread = cepstra[:, loud].mean(axis=1, keepdims=True), cepstra[:, loud].std(axis=1, keepdims=True) + 1e-6
    # Two deviations to both sides; pauses, which have no shape, are left dark.
    scaled = np.where(loud, np.clip((cepstra - middle) / spread, -2, 2) * 25, -50).astype(np.float32)
    return _picture(_times(frames, begins_s), np.arange(1, 20), scaled, "coefficient", moment_s, height_px, 100)


def pitch_chart(frames: Frames, begins_s: float, moment_s: float | None, height_px: int = 190) -> go.Figure:
    """Draw the voice's pitch, where there is a voice."""
    figure = _figure(height_px)
    times = _times(frames, begins_s)
    heard = (frames.voicing > VOICED) & (frames.level_db > frames.level_db.max() - 35)
    pitch = np.where(heard, frames.pitch_hz, np.nan)
    step = max(1, len(times) // (2 * MOST_POINTS))
    figure.add_scatter(
        x=times[::step], y=pitch[::step], mode="markers", marker={"size": 4, "color": LINE},
        hovertemplate="%{y:.0f} Hz<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(title="pitch in Hz", rangemode="tozero")
    return _in_time(figure, times, moment_s)


def loudness_chart(frames: Frames, begins_s: float, moment_s: float | None, height_px: int = 170) -> go.Figure:
    """Draw the level over time."""
    figure = _figure(height_px)
    times = _times(frames, begins_s)
    step = max(1, len(times) // MOST_POINTS)
    count = len(times) // step * step
    level = frames.level_db[:count].reshape(-1, step).max(axis=1)
    figure.add_scatter(
        x=times[:count:step], y=level, mode="lines", line={"width": 1.4, "color": LINE},
        hovertemplate="%{y:.0f} dB<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(title="decibels", range=[max(-100.0, float(level.max()) - 60), float(level.max()) + 5])
    return _in_time(figure, times, moment_s)


def _times(frames: Frames, begins_s: float) -> FloatArray:
    return (begins_s + np.arange(len(frames)) * HOP_S).astype(np.float32)


def _picture(
    times: FloatArray, rows: npt.NDArray[Any], values: FloatArray, title: str, moment_s: float | None, height_px: int,
    depth: int = 70,
) -> go.Figure:  # fmt: skip
    """Draw a table as shades; whole decibels and at most 600 columns, so that it stays small."""
    figure = _figure(height_px)
    step = max(1, -(-len(times) // MOST_POINTS))
    count = len(times) // step * step
    thin = values[:, :count].reshape(len(values), -1, step).mean(axis=2)
    top = float(thin.max())
    shades = np.clip(thin - top, -depth, 0).round().astype(np.int8)
    figure.add_heatmap(
        x=times[:count:step], y=rows, z=shades, colorscale=SHADES, showscale=False,
        hovertemplate="%{x:.2f} s, %{y}: %{z} below the loudest<extra></extra>",
    )  # fmt: skip
    figure.update_yaxes(title=title, showgrid=False)
    # On the dark ground of the shades the text's own colour would not be seen in daylight.
    return _in_time(figure, times, moment_s, "#ffffff")


def _figure(height_px: int) -> go.Figure:
    import plotly.graph_objects as go

    figure = go.Figure(layout=chart_layout(height_px))
    figure.update_xaxes(fixedrange=True, showgrid=False)
    figure.update_yaxes(fixedrange=True)
    return figure


def _in_time(figure: go.Figure, times: FloatArray, moment_s: float | None, colour: str = "") -> go.Figure:
    figure.update_xaxes(range=[float(times[0]), float(times[-1])], title="seconds")
    if moment_s is not None:
        figure.add_vline(moment_s, line={"width": 1.5, "dash": "dot", "color": colour or ink()})
    return figure
