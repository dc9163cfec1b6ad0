"""Which class a teacher's tab leads: the link with its secret, the address, and what the browser remembers.

A teacher's screen is often on the wall. So the secret stands in the address only until this browser remembers it; from
then on the address names the class alone, and a reload finds the secret in the browser.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from fer.classroom.records import ClassRow
from fer.settings import settings
from fer.ui.browser_memory import forget, remember, remembered

SECRET = "class.secret"
MEMORY = "classmood.class."
"""Names in the browser's memory begin so, and end with the class's number."""
LONGEST_SECRET = 200

_kept = st.components.v2.component(
    "classmood_class_link", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Link:
    """A teacher's link as the browser remembers it.

    Attributes:
        secret: Which leads the class.
        title: Of the lesson.
        course: Of the lesson.
        started: Seconds since 1970.
    """

    secret: str
    title: str
    course: str
    started: float

    @staticmethod
    def read(text: str) -> Link | None:
        """Return what a browser handed over, or None where it is not ours: anybody can write there."""
        try:
            found = json.loads(text)
            link = Link(found["secret"], found["title"], found["course"], float(found["started"]))
        except (ValueError, TypeError, KeyError):
            return None
        texts = (link.secret, link.title, link.course)
        return link if all(isinstance(part, str) for part in texts) and 0 < len(link.secret) <= LONGEST_SECRET else None


def led() -> tuple[str | None, dict[int, Link] | None]:
    """Return the secret of the class that this tab leads, and the links that the browser was asked for to find it.

    Returns:
        The secret or None; and None where the browser has not answered yet, an empty mapping where it was not asked.
    """
    links: dict[int, Link] | None = {}
    given = st.query_params.get("teacher")
    if given:
        st.session_state[SECRET] = given.strip()[:LONGEST_SECRET]
    elif SECRET not in st.session_state:
        links = kept_links()
        named = st.query_params.get("class", "")
        if links and named.isdecimal() and int(named) in links:
            st.session_state[SECRET] = links[int(named)].secret
    return st.session_state.get(SECRET), links


def lead(secret: str) -> None:
    """Lead a class in this tab from the next run on."""
    st.session_state[SECRET] = secret
    st.query_params.from_dict({"teacher": secret})


def lead_none() -> None:
    """Leave the class in this tab; the browser goes on remembering it."""
    st.session_state.pop(SECRET, None)
    st.query_params.clear()


def keep_link(row: ClassRow, secret: str) -> None:
    """Have the browser remember the link, and then take the secret out of the address. Call it in every run."""
    name, text = f"{MEMORY}{row.id}", link_text(row, secret)
    remember(name, text)
    if _kept(key="class.link", data={"name": name, "value": text}, on_kept_change=lambda: None).get("kept") == name:
        st.query_params.pop("teacher", None)
        if st.query_params.get("class") != str(row.id):
            st.query_params["class"] = str(row.id)


def link_text(row: ClassRow, secret: str) -> str:
    """Return what the browser remembers of a class."""
    found = {"secret": secret, "title": row.settings.title, "course": row.settings.course, "started": row.started}
    return json.dumps(found)


def kept_links() -> dict[int, Link] | None:
    """Return the links that this browser remembers by class id, the newest class first; None until it has answered."""
    found = remembered(MEMORY)
    if found is None:
        return None
    links = {}
    for name, text in found.items():
        number, link = name.removeprefix(MEMORY), Link.read(text)
        if number.isdecimal() and link is not None:
            links[int(number)] = link
    return dict(sorted(links.items(), key=lambda item: -item[1].started))


def forget_link(class_id: int) -> None:
    """Have the browser forget a class."""
    forget(f"{MEMORY}{class_id}")


def secret_of(text: str) -> str:
    """Return the secret in what somebody pasted: a teacher's link or the secret alone.

    >>> secret_of(" https://example.org/class?teacher=abc&x=1 "), secret_of("abc")
    ('abc', 'abc')
    """
    text = text.strip()
    if "teacher=" in text:
        text = text.split("teacher=", 1)[1].split("&", 1)[0].split("#", 1)[0]
    return text[:LONGEST_SECRET]


def app_url() -> str:
    """Return the app's address without a slash at its end: the setting, or as this browser has it."""
    public = settings().public_url
    if public:
        return public.rstrip("/")
    parts = urlsplit(st.context.url or "")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rpartition("/")[0], "", "")).rstrip("/")


def join_url(code: str) -> str:
    """Return the link that students open."""
    return f"{app_url()}/join?{urlencode({'code': code})}"


def teacher_url(secret: str) -> str:
    """Return the link that continues the class on another computer."""
    return f"{app_url()}/class?{urlencode({'teacher': secret})}"


def corner_url(row: ClassRow, secret: str) -> str:
    """Return the address of the small view, which names the class as this tab's own address does."""
    hidden = "teacher" not in st.query_params
    named = {"class": str(row.id)} if hidden else {"teacher": secret}
    return f"{app_url()}/class?{urlencode({'view': 'corner', **named})}"
