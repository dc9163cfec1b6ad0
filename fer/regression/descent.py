"""Gradient descent on the loss of a straight line, step by step: made to be looked at, not to be used.

A line y = w x + b over one scaled column has two parameters, so its loss is a surface that can be drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
Optimizer = Literal["plain", "momentum", "adam"]
OPTIMIZERS: dict[Optimizer, str] = {"plain": "Plain", "momentum": "Momentum", "adam": "Adam"}
START = (-1.6, 1.4)
LOST = 1e3
"""Beyond this a parameter is not coming back: the walk ends there."""


@dataclass(frozen=True)
class Walk:
    """A descent.

    Attributes:
        places: w and b before the first step and after each, shape ``(steps + 1, 2)``.
        losses: Over all rows there, shape ``(steps + 1,)``.
        lost: Whether it ran away instead of down.
    """

    places: FloatArray
    losses: FloatArray
    lost: bool


def scaled(values: FloatArray) -> FloatArray:
    """Return values with mean 0 and deviation 1, without those that are missing from either."""
    deviation = float(np.std(values)) or 1.0
    return (values - np.mean(values)) / deviation


def loss_at(x: FloatArray, y: FloatArray, w: FloatArray, b: FloatArray) -> FloatArray:
    """Return the mean squared error of lines, in the shape of ``w`` and ``b``.

    >>> loss_at(np.array([0.0, 1.0]), np.array([1.0, 3.0]), np.array([2.0]), np.array([1.0])).tolist()
    [0.0]
    """
    errors = w[..., None] * x + b[..., None] - y
    mean: FloatArray = np.mean(errors**2, axis=-1)
    return mean


def gradient(x: FloatArray, y: FloatArray, place: FloatArray) -> FloatArray:
    """Return the loss's slope along w and b at a place, shape ``(2,)``."""
    errors = place[0] * x + place[1] - y
    return np.array([2 * np.mean(errors * x), 2 * np.mean(errors)])


def walk(
    x: FloatArray, y: FloatArray, optimizer: Optimizer, batch: int, rate: float, steps: int, seed: int = 1
) -> Walk:
    """Walk down the loss surface.

    Args:
        x: Scaled column, shape ``(n,)``.
        y: Scaled target, shape ``(n,)``.
        optimizer: How a gradient becomes a step.
        batch: Rows that each gradient is measured on: all of them, some, or one.
        rate: Learning rate.
        steps: How many at most.
        seed: Which rows come when.

    Sources:
        Kingma and Ba 2015, "Adam", algorithm 1; Polyak 1964 for momentum.
    """
    random = np.random.default_rng(seed)
    place, places = np.array(START), [np.array(START)]
    speed, square = np.zeros(2), np.zeros(2)
    order = random.permutation(len(x))
    at = 0
    for step in range(1, steps + 1):
        if at + batch > len(x):
            order, at = random.permutation(len(x)), 0
        rows = order[at : at + batch] if batch < len(x) else order
        at += batch
        slope = gradient(x[rows], y[rows], place)
        if optimizer == "plain":
            move = rate * slope
        elif optimizer == "momentum":
            speed = 0.9 * speed + slope
            move = rate * speed
        else:
            speed, square = 0.9 * speed + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            move = rate * (speed / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        place = place - move
        places.append(place)
        if np.abs(place).max() > LOST:
            break
    table = np.array(places)
    return Walk(table, loss_at(x, y, table[:, 0], table[:, 1]), bool(np.abs(table[-1]).max() > LOST))


def surface(x: FloatArray, y: FloatArray, side: int = 60, reach: float = 2.2) -> tuple[FloatArray, FloatArray]:
    """Return places along w and b, shape ``(side,)``, and the loss there, shape ``(side, side)``; rows go along b."""
    places = np.linspace(-reach, reach, side)
    w, b = np.meshgrid(places, places)
    return places, loss_at(x, y, w, b)
