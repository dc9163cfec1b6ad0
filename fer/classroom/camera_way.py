"""Which way a student's pictures go: WebRTC, and where that is not there in time, stills over the page's own HTTPS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fer.classroom.connection import LATE_AFTER_S

Kind = Literal["off", "connecting", "webrtc", "stills", "none"]
"""No camera is on yet; a connection is being made; pictures go by WebRTC; pictures go as stills; there is no camera."""
ASLEEP_S = 20.0
"""A page that was silent for so long slept, as a phone in a pocket does: what it waited for begins anew."""


@dataclass(frozen=True)
class Seen:
    """What is known of a camera and its connection at one moment.

    Attributes:
        camera: ``starting``, ``on``, or what keeps it from working (see ``fer.ui.stills``).
        peer: Whether the browser has WebRTC at all.
        playing: Whether the browser says that its connection is made.
        frame_s: When the last frame came by WebRTC, on the clock of ``now_s``; None before the first.
        failed: Whether the server itself gave this attempt up.
    """

    camera: str
    peer: bool = True
    playing: bool = False
    frame_s: float | None = None
    failed: bool = False


class CameraWay:
    """Decides for one page, from what is seen of its camera. A page that changed to stills stays with them.

    Stills are good enough for one or two looks a second, and a network that lets no video through rarely changes in a
    lesson; trying again would interrupt them each time.
    """

    def __init__(self) -> None:
        self.kind: Kind = "off"
        self._stills = False
        self._since_s: float | None = None
        self._seen_s: float | None = None

    @property
    def wants_webrtc(self) -> bool:
        """Whether a connection should be made or kept."""
        return self.kind in ("connecting", "webrtc") and not self._stills

    def step(self, seen: Seen, now_s: float) -> Kind:
        """Take in what is seen now.

        Args:
            seen: Of the camera and its connection.
            now_s: On a monotonic clock.

        Returns:
            The way from now on; also in ``kind``.
        """
        if self._seen_s is not None and now_s - self._seen_s > ASLEEP_S:
            self._since_s = None
        self._seen_s = now_s
        self.kind = self._next(seen, now_s)
        return self.kind

    def _next(self, seen: Seen, now_s: float) -> Kind:
        if seen.camera == "starting":
            # The browser may be asking its owner, which takes as long as it takes.
            self._since_s = None
            return self.kind if self.kind in ("connecting", "webrtc") else "off"
        if seen.camera != "on":
            self._since_s = None
            return "none"
        if self._stills or not seen.peer or seen.failed:
            self._stills = True
            return "stills"
        if seen.playing and seen.frame_s is not None and now_s - seen.frame_s < LATE_AFTER_S:
            self._since_s = None
            return "webrtc"
        # Also a connection that is made and brings nothing is none.
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s >= LATE_AFTER_S:
            self._stills = True
            return "stills"
        return "webrtc" if seen.playing and seen.frame_s is not None else "connecting"


class Arrivals:
    """Notes when frames come, and passes them on.

    Args:
        on_frame: Takes them; as a frame callback it neither raises nor waits.
        clock: Monotonic, in seconds.
    """

    def __init__(self, on_frame: Callable[[Any], None], clock: Callable[[], float]):
        self._on_frame, self._clock = on_frame, clock
        self.frame_s: float | None = None

    def on_frame(self, frame: Any) -> None:
        """Take one frame."""
        self.frame_s = self._clock()
        self._on_frame(frame)
