"""The analyzers that pages look at faces with: one for each session, for detectors are not safe to share."""

from __future__ import annotations

import streamlit as st

from fer.faces.detect import DetectorName
from fer.faces.pipeline import FaceAnalyzer, open_analyzer
from fer.registry import find, models

DETECTORS: dict[DetectorName, str] = {
    "auto": "Automatic",
    "yunet": "YuNet",
    "haar": "Haar cascade",
}
DETECTOR_HELP = (
    "YuNet finds small and turned faces too. The Haar cascade needs no download and finds fewer. Automatic takes "
    "YuNet, and the Haar cascade where YuNet cannot be had."
)
NETWORK_HELP = "Which network names the emotions. What is published on the page Train is offered here too."


def choose_network(key: str) -> str:
    """Let a user choose which network names the emotions, where there is more than one; return its name.

    Args:
        key: ``<page>.<control>``.

    Raises:
        ModelError: If there is no face model or a manifest cannot be read.
    """
    names, default = [entry.name for entry in models("face")], find().name
    if len(names) == 1:
        return default
    return st.selectbox("Network", names, index=names.index(default), help=NETWORK_HELP, key=key)


def session_analyzer(detector: DetectorName, model: str | None = None) -> FaceAnalyzer:
    """Return this session's analyzer; the network behind it is shared by the whole process.

    Only the latest one is kept, so that trying every choice does not pile them up.

    Raises:
        DetectorError: If the detector asked for by name cannot be had.
        ModelError: If there is no such model or its file is damaged.
    """
    import cv2

    # By its entry: a model may be published again under its name.
    asked = (detector, find(model, "face"))
    kept = st.session_state.get("analyzer")
    if kept is None or kept[0] != asked:
        # Sessions and cameras run beside each other: a thread for each of them is faster than all cores for one.
        cv2.setNumThreads(1)
        with st.spinner("Getting the face detector and the network ready"):
            kept = (asked, open_analyzer(detector, model))
        st.session_state["analyzer"] = kept
    analyzer: FaceAnalyzer = kept[1]
    return analyzer
