"""Why there is no picture: what the browser and the connection report, and what the visitor can do about it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fer.classroom.connection import LATE_AFTER_S
from fer.classroom.ice import IceServers
from fer.ui.messages import plain

START = "Start the camera"
STOP = "Stop the camera"
AGAIN = f"Then press **{START}** again."
ALLOW = {
    "firefox": "Click the crossed-out camera beside the address and remove the block.",
    "safari": "Open the menu beside the address, choose the settings for this website, and set the camera to Allow.",
    "chrome": "Click the icon to the left of the address and set the camera to Allow.",
}
ADVICE = {
    "refused": f"The camera was refused, so there is no picture and nothing was sent. {{allow}} {AGAIN}",
    "refused-by-system": "The computer's own settings keep the browser from the camera. Windows: Settings, Privacy & "
    "security, Camera. macOS: System Settings, Privacy & Security, Camera. Allow your browser there and restart it. "
    f"{AGAIN}",
    "dismissed": f"The browser's question about the camera was closed without an answer. Press **{START}** again and "
    "choose Allow.",
    "no-camera": "No camera was found. Plug one in, or switch on the one that is built in: some laptops have a slider "
    f"or a key for it. {AGAIN} Without a camera, use the page **Photo & recording**.",
    "in-use": f"There is a camera, but another program is using it, often a video call. Close that program. {AGAIN}",
    "unfit": "This camera cannot give the picture that was asked for. Choose another one with the button "
    f"**Cameras**. {AGAIN}",
    "insecure": "Browsers give the camera only to pages that come by HTTPS, or from the same computer. Open this page "
    "with https:// in front of its address, or on the server's own computer with http://localhost.",
    "unsupported": "This browser does not let pages use a camera. Open this page in a current Chrome, Edge, Firefox or "
    "Safari, outside of other apps' built-in browsers.",
    "other": "The camera could not be started; the browser's own words stand above the button. Unplug the camera and "
    f"plug it in again, or restart the browser. {AGAIN}",
}
"""What to do about each word of live_camera.js; ``none`` has no entry."""

_check = st.components.v2.component(
    "classmood_camera_check", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


@st.fragment
def show_camera_problem(key: str) -> None:
    """Show what keeps the browser from the camera, and nothing where all is well.

    Args:
        key: Of the check, ``<page>.<control>``.
    """
    found = _check(key=key, default={"problem": "none"}, on_problem_change=lambda: None)
    advice = ADVICE.get(found.problem)
    if advice is not None:
        st.warning(
            advice.format(allow=ALLOW[browser(st.context.headers.get("User-Agent", ""))]),
            icon=":material/videocam_off:",
        )


def browser(user_agent: str) -> str:
    """Return which of three ways of allowing a camera a browser has.

    >>> browser("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15")
    'safari'
    """
    if "Firefox/" in user_agent or "FxiOS/" in user_agent:
        return "firefox"
    # Every browser on an iPhone or iPad is Safari inside, and every Chromium calls itself Safari too.
    apple_phone = "iPhone" in user_agent or "iPad" in user_agent
    return "safari" if apple_phone or ("Safari/" in user_agent and "Chrom" not in user_agent) else "chrome"


def show_no_connection(servers: IceServers) -> None:
    """Say what to do where the camera is on but its pictures do not reach the server.

    Args:
        servers: With which it was tried.
    """
    st.warning(
        f"No connection was made within {LATE_AFTER_S:.0f} seconds: the camera is on, but its pictures do not reach "
        "this server. Most often a network lets no video through: a VPN, a guest Wi-Fi, a school's or company's "
        f"firewall. Turn a VPN off or take another network, for example a phone's hotspot. Press **{STOP}** and "
        "start again.",
        icon=":material/wifi_off:",
    )
    st.caption(plain(for_the_host(servers)))


def for_the_host(servers: IceServers) -> str:
    """Return what whoever runs the server should look at, where cameras are not connected."""
    whoever = "For whoever runs this server:"
    if servers.has_turn:
        note = f" {servers.note}" if servers.note else ""
        return (
            f"{whoever} a TURN server is set. Check that it answers from outside, also by TCP on port 443, and that "
            f"its password or secret is right.{note}"
        )
    if servers.note:
        return f"{whoever} there is no TURN server. {servers.note}"
    return (
        f"{whoever} no TURN server is set. On the same computer none is needed; from other networks cameras need one: "
        "FER_TURN_URLS and FER_TURN_SECRET for a coturn of your own, or another way that the README names."
    )
