"""How students come in, for the wall of a classroom: the code in large letters, the QR code, the address."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

import segno

HERE_ALONE = (
    "Only this computer can open this address. Students elsewhere need one that they can reach, by HTTPS: open this "
    "page there, or name it in FER_PUBLIC_URL."
)


def works_here_alone(url: str) -> bool:
    """Whether an address leads every computer to itself.

    >>> works_here_alone("http://localhost:8501/join"), works_here_alone("https://mood.example.org/join")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")


def code_words(code: str) -> str:
    """Return a code in two groups, as it is read aloud.

    >>> code_words("ABCD2345")
    'ABCD 2345'
    """
    return f"{code[:4]} {code[4:]}"


def join_html(code: str, url: str) -> str:
    """Return code, QR code and address.

    Args:
        code: Eight characters.
        url: What the QR code holds; the address is shown without it.
    """
    note = f'<p class="cm-here-alone">{HERE_ALONE}</p>' if works_here_alone(url) else ""
    halves = "".join(f"<span>{escape(part)}</span>" for part in code_words(code).split())
    shown = url.split("?", maxsplit=1)[0].rsplit("://", maxsplit=1)[-1]
    return (
        '<div class="cm-join"><div><p>Open <b>' + escape(shown) + "</b> and type</p>"
        f'<div class="cm-join-code" aria-label="Class code {escape(" ".join(code))}">{halves}</div>'
        f"<p>or point your phone's camera at the square.</p>{note}</div>"
        f'<div class="cm-join-qr">{qr_svg(url)}</div></div>'
    )


@lru_cache(maxsize=64)
def qr_svg(text: str) -> str:
    """Return a QR code as SVG, dark on white, with the quiet zone that cameras need."""
    return segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=2, dark="#000", light="#fff", omitsize=True, title="QR code of the class's link"
    )
