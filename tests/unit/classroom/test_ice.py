"""TURN passwords against a real coturn, and the two services against a stand-in that answers as their documents say."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aioice import stun, turn

from fer.classroom import ice
from fer.classroom.ice import PageServers, ice_servers

SECRET = "north-of-the-border"


@pytest.fixture(autouse=True)
def _forget_services() -> Iterator[None]:
    ice._TWILIO._kept = ice._CLOUDFLARE._kept = None
    yield
    ice._TWILIO._kept = ice._CLOUDFLARE._kept = None


def awaited(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a thread of its own: browser tests of the same run leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result(60)


class Received(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.data: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.data.put_nowait(data)


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.transport.sendto(b"back: " + data, addr)


async def through_the_relay(port: int, entry: dict[str, Any]) -> bytes:
    """Send a message to another computer's port through the TURN server, and return what comes back the same way."""
    loop = asyncio.get_running_loop()
    other, _ = await loop.create_datagram_endpoint(Echo, local_addr=("127.0.0.1", 0))
    transport, protocol = await turn.create_turn_endpoint(
        Received,
        server_addr=("127.0.0.1", port),
        username=entry["username"],
        password=entry["credential"],
    )
    assert transport.get_extra_info("sockname")[1] != port, "the relay has an address of its own"
    transport.sendto(b"a picture", other.get_extra_info("sockname"))
    try:
        return await asyncio.wait_for(protocol.data.get(), 20)
    finally:
        transport.close()
        other.close()
        await asyncio.sleep(0.2)


def test_on_localhost_there_are_none(configure: Callable[..., None]):
    configure()
    servers = ice_servers()
    assert servers.entries == [] == servers.for_server and not servers.has_turn and servers.note == ""


def test_a_password_from_the_shared_secret_opens_a_relay(configure: Callable[..., None], coturn: Callable[..., int]):
    port = coturn("--use-auth-secret", f"--static-auth-secret={SECRET}")
    configure(FER_TURN_URLS=json.dumps([f"turn:127.0.0.1:{port}?transport=udp"]), FER_TURN_SECRET=SECRET)
    servers = ice_servers("7")
    (entry,) = servers.entries
    assert servers.has_turn and entry["username"].endswith(":7") and SECRET not in str(entry)
    assert awaited(through_the_relay(port, entry)) == b"back: a picture"


def test_a_wrong_secret_and_a_password_that_ran_out_are_refused(
    configure: Callable[..., None], coturn: Callable[..., int], monkeypatch: pytest.MonkeyPatch
):
    port = coturn("--use-auth-secret", f"--static-auth-secret={SECRET}")
    url = json.dumps([f"turn:127.0.0.1:{port}"])
    configure(FER_TURN_URLS=url, FER_TURN_SECRET="guessed")
    with pytest.raises(stun.TransactionFailed):
        awaited(through_the_relay(port, ice_servers().entries[0]))
    configure(FER_TURN_URLS=url, FER_TURN_SECRET=SECRET)
    real = time.time
    monkeypatch.setattr(ice.time, "time", lambda: real() - 8 * 3600)
    entry = ice_servers().entries[0]
    monkeypatch.undo()
    with pytest.raises(stun.TransactionFailed):
        awaited(through_the_relay(port, entry))


def test_a_static_user_opens_a_relay(configure: Callable[..., None], coturn: Callable[..., int]):
    port = coturn("--lt-cred-mech", "--user=school:chalk")
    given = [
        {"urls": "stun:stun.example.org:3478"},
        {
            "urls": [f"turn:127.0.0.1:{port}?transport=tcp", f"turn:127.0.0.1:{port}"],
            "username": "school",
            "credential": "chalk",
        },
    ]
    configure(FER_ICE_SERVERS=json.dumps(given))
    servers = ice_servers()
    assert servers.entries == given
    stun_entry, turn_entry = servers.for_server
    assert stun_entry["urls"] == "stun:stun.example.org:3478" and turn_entry["urls"] == f"turn:127.0.0.1:{port}"
    assert awaited(through_the_relay(port, turn_entry)) == b"back: a picture"


class Services(BaseHTTPRequestHandler):
    """Answers as the documents of Twilio and Cloudflare say, and keeps what was asked."""

    asked: ClassVar[list[tuple[str, str | None, str]]] = []
    status = 201

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.asked.append((self.path, self.headers["Authorization"], body))
        twilio = [
            {"url": "stun:global.stun.twilio.com:3478", "urls": "stun:global.stun.twilio.com:3478"},
            {"url": "turn:global.turn.twilio.com:3478?transport=udp", "username": "u1", "credential": "c1",
             "urls": "turn:global.turn.twilio.com:3478?transport=udp"},
        ]  # fmt: skip
        cloudflare = [
            {"urls": ["stun:stun.cloudflare.com:3478", "stun:stun.cloudflare.com:53"]},
            {"urls": ["turn:turn.cloudflare.com:3478?transport=udp", "turn:turn.cloudflare.com:53?transport=udp"],
             "username": "u2", "credential": "c2"},
        ]  # fmt: skip
        document = {"ice_servers": twilio, "ttl": "21600"} if "Tokens" in self.path else {"iceServers": cloudflare}
        answer = json.dumps(document).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def services(configure: Callable[..., None]) -> Iterator[type[Services]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Services)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Services.asked, Services.status = [], 201
    address = f"http://127.0.0.1:{server.server_port}"
    configure(
        FER_TWILIO_URL=address, FER_TWILIO_ACCOUNT_SID="AC1", FER_TWILIO_AUTH_TOKEN="t0ken",
        FER_CLOUDFLARE_URL=address, FER_CLOUDFLARE_TURN_KEY="key1", FER_CLOUDFLARE_TURN_TOKEN="t1",
    )  # fmt: skip
    yield Services
    server.shutdown()
    server.server_close()
    thread.join(20)


def test_both_services_are_asked_once_for_many_students(services: type[Services]):
    with ThreadPoolExecutor(8) as pool:
        all_of_them = list(pool.map(lambda n: ice_servers(str(n)), range(20)))
    assert all(servers == all_of_them[0] for servers in all_of_them)
    servers = all_of_them[0]
    assert [entry["urls"] for entry in servers.entries] == [
        ["stun:global.stun.twilio.com:3478"],
        ["turn:global.turn.twilio.com:3478?transport=udp"],
        ["stun:stun.cloudflare.com:3478"],
        ["turn:turn.cloudflare.com:3478?transport=udp"],
    ]
    assert servers.entries[1] == {
        "urls": ["turn:global.turn.twilio.com:3478?transport=udp"],
        "username": "u1",
        "credential": "c1",
    }
    assert len(servers.for_server) == 2 and servers.note == ""
    (twilio, cloudflare) = services.asked
    assert twilio[0] == "/2010-04-01/Accounts/AC1/Tokens.json" and twilio[2] == "Ttl=21600"
    assert str(twilio[1]).startswith("Basic ")
    assert cloudflare == ("/v1/turn/keys/key1/credentials/generate-ice-servers", "Bearer t1", '{"ttl": 21600}')


def test_a_password_is_renewed_before_it_runs_out(services: type[Services], monkeypatch: pytest.MonkeyPatch):
    ice_servers()
    later = time.monotonic() + 3.1 * 3600
    monkeypatch.setattr(ice.time, "monotonic", lambda: later)
    ice_servers()
    assert len(services.asked) == 4


def test_a_service_that_refuses_is_named_and_the_others_count(
    services: type[Services], caplog: pytest.LogCaptureFixture, configure: Callable[..., None]
):
    services.status = 401
    configure(FER_ICE_SERVERS=json.dumps([{"urls": "stun:stun.example.org:3478"}]))
    servers = ice_servers()
    assert [entry["urls"] for entry in servers.entries] == ["stun:stun.example.org:3478"]
    assert "Twilio gave no TURN servers (it answered with status 401)" in servers.note and "Cloudflare" in servers.note
    assert "t0ken" not in caplog.text and "AC1" not in caplog.text
    ice_servers()
    assert len(services.asked) == 2, "who refused is not asked again at once"


def test_a_page_that_came_while_a_service_was_silent_asks_again_soon(
    services: type[Services], monkeypatch: pytest.MonkeyPatch
):
    now = time.monotonic()
    monkeypatch.setattr(ice.time, "monotonic", lambda: now)
    services.status = 500
    servers = PageServers()
    assert not servers.now("1").has_turn
    services.status = 201
    now += 61
    kept = servers.now("1")
    assert kept.has_turn and kept.note == ""
    # And then they stay: a change would disturb the connection.
    now += 3600
    assert servers.now("1") is kept


def test_a_service_that_is_not_there_is_named(configure: Callable[..., None]):
    configure(FER_CLOUDFLARE_URL="http://127.0.0.1:9", FER_CLOUDFLARE_TURN_KEY="k", FER_CLOUDFLARE_TURN_TOKEN="t")
    servers = ice_servers()
    assert servers.entries == [] and "Cloudflare gave no TURN servers (ConnectionError)" in servers.note


def test_half_a_setting_is_said(configure: Callable[..., None], tmp_path: Path):
    configure(FER_TURN_SECRET=SECRET)
    assert "belong together" in ice_servers().note
