"""Sources: lines, tables and chats in any encoding, none left out; what is no text is refused with a sentence."""

from __future__ import annotations

import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fer.errors import InputError
from fer.text.chat_times import moments_of, seconds_of
from fer.text.chats import Line
from fer.text.sources import ColumnError, look, read_lines


def messages(data: bytes | str, name: str = "chat.txt", column: str | None = None) -> list[Line]:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return list(read_lines(file, look(file, name, column)))


def texts(data: bytes | str, name: str = "chat.txt", column: str | None = None) -> list[str]:
    return [line.text for line in messages(data, name, column)]


def test_lines_keep_their_order_and_none_is_dropped():
    assert texts("one\n\nthree\r\nfour") == ["one", "", "three", "four"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(encoding: str):
    assert texts("grüße dich\nsehr müde".encode(encoding)) == ["grüße dich", "sehr müde"]


def test_a_letter_that_is_cut_at_the_end_of_the_head_does_not_make_it_windows_text():
    assert texts(("é" * 100_001).encode())[0][-1] == "é"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\r\n\t", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"%PDF-1.7 rest", "a PDF"),
        (b"PK\x03\x04rest", "Office document"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (bytes(range(256)) * 20, "binary data"),
        (b"\x00\x01\x02\xff" * 100, "binary data"),
    ],
)
def test_what_holds_no_messages_is_refused_with_a_sentence(data: bytes, said: str):
    with pytest.raises(InputError, match=said) as problem:
        messages(data, "odd.txt")
    assert "odd.txt" in str(problem.value)
    assert "Expected" in str(problem.value)


def test_right_to_left_and_emojis_are_text():
    assert texts("مرحبا بالجميع\nשלום\n😀😀") == ["مرحبا بالجميع", "שלום", "😀😀"]


def test_one_line_of_a_megabyte_is_one_message():
    assert [len(text) for text in texts("happy " * 170_000)] == [1_020_000]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("id,message\n1,hi\n", "a.csv"),
        ("id;Comment\n1;hi\n", "a.csv"),
        ("id\tTEXT\n1\thi\n", "a.tsv"),
        ("id,Your feedback,message_id\n1,hi,2\n", "a.csv"),
        ("time,message\n10:00,hi\n", "standard input"),
        ("reviews,reviewers,rating\nhi,By Ann,4\n", "Coursera_reviews.csv"),
    ],
)
def test_the_message_column_is_found(table: str, name: str):
    assert texts(table, name) == ["hi"]


def test_rows_with_commas_quotes_lines_and_nothing_in_them():
    assert texts('n,message\n1,"a, ""b""\nc"\n2,\n\n3\n4,d,e\n', "a.csv") == ['a, "b"\nc', "", "", "d"]


def test_names_become_numbers_in_the_order_in_which_they_come():
    rows = messages("name,message\nAnn,hi\nBob,ho\n ann ,hey\n,who?\n", "a.csv")
    assert [row.person for row in rows] == [1, 2, 1, None]


def test_a_table_that_does_not_say_asks_for_the_column():
    with pytest.raises(ColumnError, match="--column NAME") as problem:
        messages("a,b\n1,2\n", "a.csv")
    assert problem.value.columns == ["a", "b"]
    assert texts("a,b\n1,2\n", "a.csv", "B") == ["2"]
    with pytest.raises(InputError, match="no column called c. There are: a, b"):
        messages("a,b\n1,2\n", "a.csv", "c")


def test_the_only_column_needs_no_name():
    assert texts("first\nsecond\n", "a.csv") == ["first", "second"]
    assert texts("text\nsecond\n", "a.csv") == ["second"]


def test_lines_with_commas_are_no_table():
    assert texts("text me, please\nok\n") == ["text me, please", "ok"]
    assert texts("hello, message\nfoo\n") == ["hello, message", "foo"]


def test_a_cell_that_never_ends_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fer.text.sources.LONGEST_CELL", 10_000)
    with pytest.raises(InputError, match="a.csv: row .* cannot be read"):
        messages('message,n\n"' + "x\n" * 9_000, "a.csv")


@pytest.mark.parametrize(
    ("chat", "form", "expected"),
    [
        (
            "10:05:22 From Ann Lee to Everyone:\n\thi: there\n10:05:30 From Bob to Everyone:\n\ttwo\n\tlines\n",
            "zoom",
            [Line("hi: there", "10:05:22", 1), Line("two lines", "10:05:30", 2)],
        ),
        (
            "10:05:22\t From  Ann Lee : hi\n10:06:00\t From  Ann Lee to Bob (Direct Message) : psst\n",
            "zoom",
            [Line("hi", "10:05:22", 1), Line("psst", "10:06:00", 1)],
        ),
        (
            '2026-01-05 10:05:22 From Ann to Everyone:\n\tReplying to "hello"\n\n\tyes\n',
            "zoom",
            [Line("yes", "2026-01-05 10:05:22", 1)],
        ),
        (
            "00:01:23.000,00:01:25.000\nAnn: hi\n\n00:02:00.000,00:02:05.000\nBob: what?\nmore\n",
            "meet",
            [Line("hi", "00:01:23.000", 1), Line("what? more", "00:02:00.000", 2)],
        ),
        (
            "[10:15 AM] Ann Lee\nHello\n[10:16 AM] Bob: hi\n[2/3/2026 10:17 AM] Ann Lee\nok\n",
            "teams",
            [Line("Hello", "10:15 AM", 1), Line("hi", "10:16 AM", 2), Line("ok", "2/3/2026 10:17 AM", 1)],
        ),
        (
            "[Yesterday 10:15 AM] Ann Lee\nHello\n[Monday 10:16 AM] Bob\nhi\n[3/2 10:17] Ann Lee\nok\n"
            "[10.18, 03/02/2026] Bob: so\n",
            "teams",
            [
                Line("Hello", "Yesterday 10:15 AM", 1),
                Line("hi", "Monday 10:16 AM", 2),
                Line("ok", "3/2 10:17", 1),
                Line("so", "03/02/2026 10:18", 2),
            ],
        ),
        (
            "00:10:22\tAnn Lee:\thi there\n00:10:30\tBob:\tho: ho\nmore\n",
            "cloud",
            [Line("hi there", "00:10:22", 1), Line("ho: ho more", "00:10:30", 2)],
        ),
        (
            "10:05:22 Von Ann Müller an Alle:\n\thallo\n10:05:30 De Bob Roy à Tous : salut\n"
            "10:05:40 Von Ann Müller an Bob Roy (Direktnachricht):\n\tna\n",
            "zoom",
            [Line("hallo", "10:05:22", 1), Line("salut", "10:05:30", 2), Line("na", "10:05:40", 1)],
        ),
        (
            "10:05:22 From Ann to Everyone:\n\thi\n10:05:30 From Bob to Everyone:\n"
            '\tReacted to "I hate this so much" with 👍\n10:05:31 From Bob to Everyone:\n'
            '\tRemoved a 👍 reaction from "I hate this so much"\n10:05:40 From Cem to Everyone:\n\tho\n',
            "zoom",
            [Line("hi", "10:05:22", 1), Line("ho", "10:05:40", 2)],
        ),
        (
            "02/03/2026, 10:04 - Ann added Bob\n02/03/2026, 10:05 - Ann Lee: hi\nyou\n"
            "02/03/2026, 10:06 - Cem left\n02/03/2026, 10:07 - Bob: ho\n",
            "whatsapp",
            [Line("hi you", "02/03/2026 10:05", 1), Line("ho", "02/03/2026 10:07", 2)],
        ),
        (
            "Ann Lee Jr.\n10:15 AM\nHello\nBob L.\n10:16 AM\nfine.\nAnn Lee Jr.\nMonday 10:17 AM\nok\n",
            "copied",
            [Line("Hello", "10:15 AM", 1), Line("fine.", "10:16 AM", 2), Line("ok", "Monday 10:17 AM", 1)],
        ),
        (
            "WEBVTT\n\nNOTE made by a program\n\n00:03.000 --> 00:05.000\n<v Ann Lee>Hello\nthere</v>\n\n"
            "NOTE\nnobody says this\n\n00:09.000 --> 00:10.000\n<v.loud Bob>no</v> <v Ann Lee>yes <i>you</i></v>\n",
            "transcript",
            [Line("Hello there", "00:03.000", 1), Line("no", "00:09.000", 2), Line("yes you", "00:09.000", 1)],
        ),
        (
            "Ann Lee\n10:15 AM\nHello\nhow are you\nBob\n\u200e10:16 AM\nfine, thanks.\n",
            "copied",
            [Line("Hello how are you", "10:15 AM", 1), Line("fine, thanks.", "10:16 AM", 2)],
        ),
        (
            "WEBVTT\n\n1\n00:00:03.000 --> 00:00:05.000\nAnn: Hello\n\nx/2-0\n00:00:09.000 --> 00:00:10.000\n"
            "<v Bob Ray>42</v>\n",
            "transcript",
            [Line("Hello", "00:00:03.000", 1), Line("42", "00:00:09.000", 2)],
        ),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_chat_exports_are_recognised_and_nobody_is_named(chat: str, form: str, expected: list[Line], ends: str):
    data = chat.replace("\n", ends).encode()
    assert look(io.BytesIO(data), "chat.txt").form == form
    assert messages(data) == expected


def spoken(*said: str) -> str:
    return "WEBVTT\n\n" + "".join(f"00:00:{n:02}.000 --> 00:00:{n:02}.900\n{one}\n\n" for n, one in enumerate(said))


def test_what_stands_before_a_colon_is_no_name_by_itself():
    lecture = spoken("So hello", "Question one: why is that?", "Because", "The rule is: add", "and so on", "that is")
    assert [line.person for line in messages(lecture)] == [None] * 6
    assert texts(lecture)[1] == "Question one: why is that?"
    lecture = spoken("Ann: so", "we", "go", "on", "Ann: here", "and", "there", "Ann: again")
    assert [line.person for line in messages(lecture)] == [1, None, None, None, 1, None, None, 1]
    assert texts(lecture)[0] == "so"
    # Where most cues have a name, one who speaks once is named, too.
    assert [line.person for line in messages(spoken("Ann: so", "Bob: no", "and", "Ann: yes"))] == [1, 2, None, 1]


def test_a_time_in_plain_lines_makes_no_chat():
    assert texts("buy milk\n10:30\nsee you\n") == ["buy milk", "10:30", "see you"]


def test_times():
    assert [seconds_of(time) for time in ("10:05:22", "12:15 AM", "1:15 pm", "00:01:23.500", "", "Feb 12")] == [
        36322.0, 900.0, 47700.0, 83.5, None, None,
    ]  # fmt: skip
    assert [seconds_of(time) for time in ("05:22.500", "10.05.22", "1.15 PM", "12.50", "10:75", "10:05 GMT+1")] == [
        322.5, 36322.0, 47700.0, None, None, None,
    ]  # fmt: skip
    assert [seconds_of(time) for time in ("Monday 10:05", "3/2/2026 10:05 AM", "2026-03-02T10:05:22.1234567Z")] == [
        36300.0, 36300.0, pytest.approx(36322.1234567),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("time", "days"),
    [
        ("2026-03-02T10:05:22", ["2026-03-02T10:05:22+00:00"]),
        ("2026/03/02 10:05:22 AM GMT+1", ["2026-03-02T09:05:22+00:00"]),
        ("2026-03-02 10:05 AM", ["2026-03-02T10:05:00+00:00"]),
        ("3/2/2026 10:05:22", ["2026-02-03T10:05:22+00:00", "2026-03-02T10:05:22+00:00"]),
        ("3/15/26, 10:05", ["2026-03-15T10:05:00+00:00"]),
        ("2.3.2026 10.05.22", ["2026-03-02T10:05:22+00:00"]),
        ("3/3 10:05", ["2026-03-03T10:05:00+00:00"]),
        ("31/12 10:05", ["2025-12-31T10:05:00+00:00"]),
        ("10:05", []),
        ("Monday 10:05", []),
        ("2026-02-30 10:05", []),
        ("2026-03-02", []),
        ("2026-03-02 25:05", []),
    ],
)
def test_days(time: str, days: list[str]):
    near = datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert [datetime.fromtimestamp(at, UTC).isoformat() for at in moments_of(time, UTC, near)] == days


def test_seconds_of_our_own_tables_are_no_hours():
    rows = messages("time_s,message\n0.25,hi\n12.50,ho\n3725,hey\n?,so\n", "a.csv")
    assert [seconds_of(row.time) for row in rows] == [0.25, 12.5, 3725.0, None]
    assert look(io.BytesIO(b"time_s,message\n"), "a.csv").elapsed
    assert not look(io.BytesIO(b"time,message\n"), "a.csv").elapsed


def test_a_day_in_a_column_of_its_own_is_joined_to_the_time():
    rows = messages("date,time,message\n2026-03-02,10:05,hi\n(?),10:06,ho\n2026-03-02,,hey\n", "a.csv")
    assert [row.time for row in rows] == ["2026-03-02 10:05", "10:06", ""]


@pytest.mark.parametrize(
    "table", ["\n\r\nid,message\n1,hi\n", "sep=;\nid;message\n1;hi\n", "\ufeffsep=,\n\nid,message\n1,hi\n"]
)
def test_what_stands_before_a_table_is_passed_over(table: str):
    assert texts(table, "a.csv") == ["hi"]
    assert texts(table, "a.txt") == ["hi"]


def test_memory_stays_flat_over_a_long_table(tmp_path: Path):
    path = tmp_path / "long.csv"
    path.write_text("id,message\n" + "1,thank you for the lesson\n" * 50_000)
    with path.open("rb") as file:
        source = look(file, "long.csv")
        tracemalloc.start()
        count = sum(1 for _ in read_lines(file, source))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 50_000
    assert peak < 1_000_000
