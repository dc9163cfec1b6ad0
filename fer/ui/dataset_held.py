"""The data set that a visit looks at: held by its session alone, found again by the page's address.

Arrays are memory maps of the kept reading, so holding one costs little; what is worked out from them is kept beside.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from fer.dataset.faceset import FaceSet
from fer.dataset.opening import Opened, Progress
from fer.dataset.origin import Origin
from fer.dataset.results import Kept
from fer.dataset.room import KIND, origin_of
from fer.dataset.room import delete_room as delete_whole_room
from fer.errors import FerError
from fer.runs.folder import Run
from fer.ui.messages import plain
from fer.ui.run_memory import forget, remember

Made = TypeVar("Made")

HELD = "dataset.held"
"""No widget's key: Streamlit would drop it with the page."""
READING = threading.BoundedSemaphore(1)
"""So many data sets are read at a time in the whole process: one takes a gigabyte while it is read."""
LOOK_S = 0.5
TELL_S = 0.2


@dataclass
class Held:
    """A data set that is open.

    Attributes:
        run: Its room.
        key: The room's key.
        opened: What was read.
        origin: Where it comes from and how it was chosen to be opened.
        made: What was worked out from it, by name.
    """

    run: Run
    key: str
    opened: Opened
    origin: Origin
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def faces(self) -> FaceSet:
        """The good rows."""
        return self.opened.faces

    def once(self, name: str, make: Callable[[], Made], words: str = "Working it out") -> Made:
        """Return what has that name; the first time it is made, with a word about it on the page."""
        if name not in self.made:
            with st.spinner(words):
                self.made[name] = make()
        made: Made = self.made[name]
        return made

    def renewed(self, name: str, make: Callable[[], Made], words: str = "Working it out") -> Made:
        """Do as ``once``, but make it anew when a worker has kept another result since."""
        folder = Kept(self.origin, self.opened).folder
        kept = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        stamp, made = self.made.get(name, (None, None))
        if stamp != kept:
            with st.spinner(words):
                made = make()
            self.made[name] = (kept, made)
        found: Made = made
        return found


def run_of_page() -> Run | None:
    """Return the room that the page's address names; one that is not there any more is told of and left.

    Coming from another page the address names none: then it is the one that the visit looked at last.
    """
    held: Held | None = st.session_state.get(HELD)
    if held is not None and "run" not in st.query_params:
        go_to(held.run, held.key)
    run_id, key = st.query_params.get("run"), st.query_params.get("key", "")
    if run_id is None:
        return None
    try:
        run = Run.open(run_id, key)
    except FerError as problem:
        leave()
        st.info(plain(str(problem)))
        return None
    if run.kind != KIND:
        leave()
        return None
    remember("dataset", run_id, key)
    return run


def held_of(run: Run) -> Held:
    """Return a room's data set, which is read with a bar that shows how far it is, unless the session holds it.

    Raises:
        SplitNeededError: If faces have no usage, and it was not chosen how to share them out.
        FerError: If it cannot be read.
    """
    origin = origin_of(run)
    held: Held | None = st.session_state.get(HELD)
    if held is not None and held.run.id == run.id and held.origin == origin:
        return held
    # Another data set's memory goes first.
    st.session_state.pop(HELD, None)
    place = st.empty()
    place.progress(0.0, "Opening")
    while not READING.acquire(timeout=LOOK_S):
        place.progress(0.0, "Another data set is being read; yours is next")
    try:
        opened = origin.open(progress_bar(place))
    finally:
        READING.release()
        place.empty()
    held = Held(run, run.key(), opened, origin)
    st.session_state[HELD] = held
    return held


def progress_bar(place: Any) -> Progress:
    """Return a progress that shows itself in an empty place of the page, not too often."""
    told_s = [0.0]

    def tell(share: float, words: str) -> None:
        if (now_s := time.monotonic()) - told_s[0] > TELL_S:
            told_s[0] = now_s
            place.progress(min(1.0, max(0.0, share)), plain(words))

    return tell


def go_to(run: Run, key: str) -> None:
    """Have the page's address lead to a room."""
    remember("dataset", run.id, key)
    st.query_params.update({"run": run.id, "key": key})


def leave() -> None:
    """Have the page look at no data set."""
    st.session_state.pop(HELD, None)
    for name in ("run", "key"):
        st.query_params.pop(name, None)


def delete_room(run: Run) -> None:
    """Delete a room with all that is in it.

    Raises:
        StorageError: If something in it cannot be deleted.
    """
    held: Held | None = st.session_state.get(HELD)
    if held is not None and held.run.id == run.id:
        # A file that is mapped into memory cannot be deleted on Windows.
        held.made.clear()
        st.session_state.pop(HELD, None)
        del held
    delete_whole_room(run)
    forget("dataset", run.id)
    if st.query_params.get("run") == run.id:
        leave()
