"""How students come in, for the wall of a classroom: the code in large letters, the QR code, the address."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import segno


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
    halves = "".join(f"<span>{escape(part)}</span>" for part in code_words(code).split())
    shown = url.split("?", maxsplit=1)[0].rsplit("://", maxsplit=1)[-1]
    return (
        '<div class="cm-join"><div><p>Open <b>' + escape(shown) + "</b> and type</p>"
        f'<div class="cm-join-code" aria-label="Class code {escape(" ".join(code))}">{halves}</div>'
        "<p>or point your phone's camera at the square.</p></div>"
        f'<div class="cm-join-qr">{qr_svg(url)}</div></div>'
    )


@lru_cache(maxsize=64)
def qr_svg(text: str) -> str:
    """Return a QR code as SVG, dark on white, with the quiet zone that cameras need."""
    return segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=2, dark="#000", light="#fff", omitsize=True, title="QR code of the class's link"
    )
