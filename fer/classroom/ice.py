"""STUN and TURN servers for students' cameras: from settings, with passwords that run out.

Off localhost a camera needs them: most networks that a student sits in let no direct connection through. A TURN server
relays what passes; its password reaches every student's browser, so it is made anew and is good for some hours only.

Sources:
    RFC 8489 (STUN), RFC 8656 (TURN).
    draft-uberti-behave-turn-rest-00: time-limited passwords from a shared secret; coturn's ``use-auth-secret``.
    Twilio, "Network Traversal Service Tokens"; Cloudflare, "Generate TURN credentials".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fer.settings import settings

Entry = dict[str, Any]
"""One of WebRTC's ``RTCIceServer``: ``urls``, and for TURN ``username`` and ``credential``."""
ANSWER_S = 5.0
"""A service that has not answered by then is left out, and asked again after ``RETRY_S``."""
RETRY_S = 60.0
FRESH = 0.5
"""A password is used for new students until this share of its time has passed, so that it lasts for their lesson."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IceServers:
    """What a connection is made with.

    Attributes:
        entries: For the browser, which tries all of them; empty on localhost.
        note: What whoever runs this server should know, or "".
    """

    entries: list[Entry]
    note: str = ""

    @property
    def for_server(self) -> list[Entry]:
        """At most one STUN and one TURN server: aiortc uses no more, and would take the last of each."""
        single = [{**entry, "urls": url} for entry in self.entries for url in _addresses(entry)]
        stun = [entry for entry in single if entry["urls"].startswith("stun:")]
        turn = [entry for entry in single if entry["urls"].startswith(("turn:", "turns:"))]
        # This side is a server in the open: UDP reaches the relay and is quickest.
        turn.sort(key=lambda entry: ("transport=tcp" in entry["urls"], entry["urls"].startswith("turns:")))
        return [*stun[:1], *turn[:1]]

    @property
    def has_turn(self) -> bool:
        """Whether a relay is among them."""
        return any(url.startswith(("turn:", "turns:")) for entry in self.entries for url in _addresses(entry))


def ice_servers(who: str = "") -> IceServers:
    """Return the servers that the settings name, with passwords that are good from now on.

    Args:
        who: A word without meaning for this connection, as a seat's number; it stands in the TURN server's log.

    Returns:
        A service that does not answer is left out and named in the note; this never raises for it.
    """
    now = settings()
    entries: list[Entry] = [dict(entry) for entry in now.ice_servers]
    notes = []
    if now.turn_urls and now.turn_secret is not None:
        entries.append(_shared_secret(now.turn_urls, now.turn_secret.get_secret_value(), 60 * now.turn_minutes, who))
    elif now.turn_urls or now.turn_secret is not None:
        notes.append("FER_TURN_URLS and FER_TURN_SECRET belong together, and only one of them is set.")
    for service in (_TWILIO, _CLOUDFLARE):
        found, note = service.entries()
        entries += found
        notes += [note] if note else []
    return IceServers(entries, " ".join(notes))


class PageServers:
    """The servers of one page: the same ones for some time, since a change would disturb its connection."""

    def __init__(self) -> None:
        self._servers: IceServers | None = None
        self._until_s = 0.0

    def now(self, who: str) -> IceServers:
        """Return them; asked for anew at half the time of a password, and soon where something was missing.

        Args:
            who: See ``ice_servers``.
        """
        now_s = time.monotonic()
        if self._servers is None or now_s >= self._until_s:
            self._servers = ice_servers(who)
            # A service that was silent when a class joined must not leave all of it without a relay.
            self._until_s = now_s + (RETRY_S if self._servers.note else FRESH * 60 * settings().turn_minutes)
        return self._servers


def _shared_secret(urls: list[str], secret: str, lifetime_s: float, who: str) -> Entry:
    """Make a password that the TURN server can check by itself: an HMAC of the name, which says when it runs out."""
    username = f"{int(time.time() + lifetime_s)}:{who}" if who else str(int(time.time() + lifetime_s))
    # SHA-1 is what the protocol says and coturn checks; as an HMAC it is not weakened by its collisions.
    mac = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return {"urls": list(urls), "username": username, "credential": base64.b64encode(mac).decode()}


class _Service:
    """A service that hands out passwords; its answer is kept while it is fresh, and so is its silence."""

    def __init__(self, name: str, ask: Callable[[float], list[Entry] | None]):
        self._name, self._ask = name, ask
        self._lock = threading.Lock()
        self._kept: tuple[float, tuple[object, ...], list[Entry], str] | None = None

    def entries(self) -> tuple[list[Entry], str]:
        """Return what it hands out, and a note where it does not."""
        key, now_s = _service_settings(), time.monotonic()
        with self._lock:
            if self._kept is None or now_s >= self._kept[0] or self._kept[1] != key:
                self._kept = self._asked(key, now_s)
            return [dict(entry) for entry in self._kept[2]], self._kept[3]

    def _asked(self, key: tuple[object, ...], now_s: float) -> tuple[float, tuple[object, ...], list[Entry], str]:
        import requests

        lifetime_s = 60 * settings().turn_minutes
        try:
            found = self._ask(lifetime_s)
        except (requests.RequestException, ValueError, KeyError, TypeError) as problem:
            status = getattr(getattr(problem, "response", None), "status_code", None)
            reason = f"it answered with status {status}" if status else type(problem).__name__
            note = f"{self._name} gave no TURN servers ({reason}). Check its key and token, and the network."
            # Not the exception: its text holds the address with the account in it.
            log.warning(note)
            return now_s + RETRY_S, key, [], note
        return now_s + (FRESH * lifetime_s if found else RETRY_S), key, found or [], ""


def _service_settings() -> tuple[object, ...]:
    now = settings()
    return (now.twilio_account_sid, now.twilio_auth_token, now.twilio_url, now.cloudflare_turn_key,
            now.cloudflare_turn_token, now.cloudflare_url, now.turn_minutes)  # fmt: skip


def _ask_twilio(lifetime_s: float) -> list[Entry] | None:
    import requests

    now = settings()
    if not now.twilio_account_sid or now.twilio_auth_token is None:
        return None
    answer = requests.post(
        f"{now.twilio_url}/2010-04-01/Accounts/{now.twilio_account_sid}/Tokens.json",
        data={"Ttl": int(min(lifetime_s, 86_400))},
        auth=(now.twilio_account_sid, now.twilio_auth_token.get_secret_value()),
        timeout=ANSWER_S,
    )
    answer.raise_for_status()
    return [_entry(entry) for entry in answer.json()["ice_servers"]]


def _ask_cloudflare(lifetime_s: float) -> list[Entry] | None:
    import requests

    now = settings()
    if not now.cloudflare_turn_key or now.cloudflare_turn_token is None:
        return None
    answer = requests.post(
        f"{now.cloudflare_url}/v1/turn/keys/{now.cloudflare_turn_key}/credentials/generate-ice-servers",
        json={"ttl": int(min(lifetime_s, 172_800))},
        headers={"Authorization": f"Bearer {now.cloudflare_turn_token.get_secret_value()}"},
        timeout=ANSWER_S,
    )
    answer.raise_for_status()
    return [_entry(entry) for entry in answer.json()["iceServers"]]


def _entry(given: dict[str, Any]) -> Entry:
    """Keep of a service's entry what WebRTC knows; a browser refuses addresses on port 53."""
    urls = [url for url in _addresses(given) if ":53?" not in url and not url.endswith(":53")]
    entry: Entry = {"urls": urls}
    for name in ("username", "credential"):
        if given.get(name):
            entry[name] = str(given[name])
    return entry


def _addresses(entry: dict[str, Any]) -> list[str]:
    urls = entry.get("urls") or entry.get("url") or []
    return [urls] if isinstance(urls, str) else [str(url) for url in urls]


_TWILIO = _Service("Twilio", _ask_twilio)
_CLOUDFLARE = _Service("Cloudflare", _ask_cloudflare)
