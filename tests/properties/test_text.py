"""Messages: whatever the bytes, there is an answer or a sentence; whatever the lines, none is lost or moved."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from fer.errors import InputError
from fer.text.classify import open_text_classifier
from fer.text.reading import read_texts
from fer.text.sources import look, read_lines

LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\x85\ufeff"), max_size=60),
    min_size=1,
    max_size=20,
)


@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.csv", "a.tsv", "standard input"]))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes, name: str):
    file = io.BytesIO(data)
    try:
        lines = list(read_lines(file, look(file, name)))
    except InputError as problem:
        assert str(problem).startswith(name)
        assert str(problem).endswith((".", "NAME."))
    else:
        assert all(isinstance(line.text, str) for line in lines)
    assert not file.closed


@given(LINES)
def test_plain_lines_come_as_they_are(lines: list[str]):
    # A name before each keeps them from looking like a table, a chat or nothing.
    wanted = [f"line {line}" for line in lines]
    file = io.BytesIO("\n".join(wanted).encode())
    source = look(file, "a.txt")
    if source.form == "lines":
        assert [line.text for line in read_lines(file, source)] == wanted


@given(LINES)
def test_every_message_has_a_reading_in_its_place(lines: list[str]):
    readings = read_texts(lines, open_text_classifier())
    assert [reading.text for reading in readings] == lines
    for reading in readings:
        document = reading.as_json()
        if reading.probabilities is None:
            assert document["note"].startswith("unknown: ")
            assert document["emotion"] is None
            assert document["unsure"]
        else:
            assert abs(float(reading.probabilities.sum()) - 1) < 1e-4
            assert document["emotion"] == reading.emotion
