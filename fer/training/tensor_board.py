"""Logs for TensorBoard, written by its own library: ``tensorboard --logdir FER_HOME/runs``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

STEP_FIGURES = ("loss", "accuracy", "rate", "faces_per_s")
EPOCH_FIGURES = ("loss", "accuracy", "seen_loss", "seen_accuracy", "validation_loss", "validation_accuracy", "rate")


class TensorBoardLog:
    """One start's file of events; figures by step and by epoch."""

    def __init__(self, folder: Path):
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        folder.mkdir(parents=True, exist_ok=True)
        self._writer = EventFileWriter(str(folder), flush_secs=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._writer.close()

    def take(self, line: dict[str, Any]) -> None:
        """Write what a line of metrics says."""
        if line["event"] == "steps":
            self._write("step", STEP_FIGURES, line, line["step"])
        elif line["event"] == "epoch":
            self._write("epoch", EPOCH_FIGURES, line, line["epoch"])

    def _write(self, group: str, names: tuple[str, ...], line: dict[str, Any], step: int) -> None:
        from time import time

        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary

        values = [Summary.Value(tag=f"{group}/{name}", simple_value=line[name]) for name in names if name in line]
        self._writer.add_event(Event(wall_time=time(), step=step, summary=Summary(value=values)))
