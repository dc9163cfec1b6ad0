"""The text page: a message, pasted lines, files, the look inside, and comparing models."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer.runs import worker
from fer.runs.folder import Run, all_runs
from fer.settings import ROOT
from fer.text.comparison import ComparisonConfig, new_comparison_run
from fer.text.file_job import new_file_run
from fer.text.samples import CHAT

pytestmark = pytest.mark.usefixtures("home")


def page(source: str = "Message", run: Run | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if run is not None:
        app.query_params["run"] = run.id
        app.query_params["key"] = run.key()
    app.switch_page("pages/text.py").run()
    if source != "Message":
        app.button_group(key="text.source").set_value(source).run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return " ".join(part.proto.body for part in app.get("html"))


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def dropped(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key="text.file").set_value([(name, data, "text/plain")]).run()
    assert not app.exception
    return app


def test_a_message_is_read_and_explained():
    app = page()
    app.text_area(key="text.message").set_value("I love this <b>class</b>, thank you!").run()
    assert "happy" in html(app)
    assert "&lt;b&gt;class&lt;/b&gt;," in html(app)
    assert "For happy (filled): " in captions(app)


def test_an_example_fills_the_message():
    app = page()
    app.button_group(key="text.example").set_value("the exam scares me").run()
    assert app.text_area(key="text.message").value == "the exam scares me"
    assert "fear" in html(app)


def test_another_language_is_not_guessed():
    app = page()
    app.text_area(key="text.message").set_value("Ich bin heute sehr traurig").run()
    assert "Not read" in app.info[0].value and "another language" in app.info[0].value


def test_pasted_lines():
    app = page("Paste")
    app.text_area(key="text.lines").set_value("I am so happy!\n\nthis is disgusting\n").run()
    table = app.dataframe[0].value
    assert list(table["Message"]) == ["I am so happy!", "", "this is disgusting"]
    assert list(table["Emotion"]) == ["● happy", "not read", "◆ disgust"]
    assert "3 messages" in " ".join(text.value for text in app.markdown)


def test_the_sample_chat_shows_mood_over_time_and_no_names():
    app = page("File")
    app.toggle(key="text.sample").set_value(True).run()
    assert "Read as: Zoom chat" in captions(app)
    assert "Time since the first message" in captions(app)
    assert list(app.dataframe[0].value["Person"])[:2] == [1, 2]
    assert {button.label for button in app.get("download_button")} == {"Download CSV", "Download JSON"}
    app.toggle(key="text.persons").set_value(False).run()
    assert "Person" not in app.dataframe[0].value


def test_a_table_asks_for_its_column():
    app = dropped(page("File"), "own.csv", b"a,b\nme,thank you so much\n")
    assert app.selectbox(key="text.column").options == ["a", "b"]
    app.selectbox(key="text.column").set_value("b").run()
    assert list(app.dataframe[0].value["Message"]) == ["thank you so much"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.txt", b"", "is empty"),
        ("own.txt", b"%PDF-1.7", "a PDF"),
        ("own.txt", bytes(range(256)) * 9, "binary data"),
        ("own.csv", b"message,n\n", "holds no messages"),
    ],
)
def test_what_holds_no_messages_is_a_sentence(name: str, data: bytes, said: str):
    app = dropped(page("File"), name, data)
    assert said in app.error[0].value.replace("\\", "")


def test_what_was_read_is_forgotten_once_it_is_not_shown(monkeypatch: pytest.MonkeyPatch):
    freed: list[str] = []
    monkeypatch.setattr("fer.ui.texts.drop_upload", freed.append)
    app = dropped(page("File"), "own.txt", b"I am happy\n")
    assert "text.results" in app.session_state and not freed
    app.button_group(key="text.source").set_value("Look inside").run()
    assert "text.results" not in app.session_state and len(freed) == 1
    app.button_group(key="text.source").set_value("Paste").run()
    app.text_area(key="text.lines").set_value("I am sad").run()
    assert "text.results" in app.session_state
    app.text_area(key="text.lines").set_value("").run()
    assert "text.results" not in app.session_state
    app.text_area(key="text.lines").set_value("I am sad").run()
    app.switch_page("pages/past.py").run()
    assert not app.exception and "text.results" not in app.session_state


def test_plain_lines_say_that_names_in_them_stay():
    app = dropped(page("File"), "own.txt", b"Ann: I am happy\n")
    assert "Read as: Lines. Names inside a line stay as they are." in captions(app)
    assert "names inside a message or a plain line stay" in captions(page("File"))


def test_utf_16_right_to_left_and_emojis_have_an_answer():
    app = dropped(page("File"), "own.txt", "I am happy\nمرحبا\n😂\n".encode("utf-16"))
    assert list(app.dataframe[0].value["Emotion"]) == ["● happy", "not read", "● happy"]


def test_a_large_file_is_read_by_a_worker_and_can_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    started: list[Run] = []
    monkeypatch.setattr("fer.ui.page_runs.start", started.append)
    app = dropped(page("File"), "long.txt", CHAT.encode() * 500)
    app.button(key="text.begin").click().run()
    (run,) = started
    assert app.button(key="text.cancel").label == "Cancel"
    assert worker.main([str(run.folder)]) == 0
    app.run()
    assert not app.exception
    assert "The first 500 of 11,000" in captions(app)
    assert len(app.get("download_button")) == 2
    app.button(key="text.delete").click().run()
    assert all_runs() == []


def test_a_stopped_file_shows_what_was_read(tmp_path: Path):
    (tmp_path / "chat.txt").write_text(CHAT * 100, encoding="utf-8")
    with (tmp_path / "chat.txt").open("rb") as upload:
        run = new_file_run(upload, "chat.txt", None, persons=True)
    worker.make_ready(run)
    run.ask_stop()
    worker.main([str(run.folder)])
    app = page("File", run)
    assert "Cancelled" in app.warning[0].value
    assert app.button(key="text.again").label == "Start again"


def test_somebody_elses_run_is_not_shown(tmp_path: Path):
    with (tmp_path / "chat.txt").open("wb+") as upload:
        upload.write(CHAT.encode())
        run = new_file_run(upload, "chat.txt", None, persons=True)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.query_params["run"], app.query_params["key"] = run.id, "wrong"
    app.switch_page("pages/text.py").run()
    app.button_group(key="text.source").set_value("File").run()
    assert "no such run" in app.info[0].value


def test_looking_inside_ones_own_sentences():
    app = page("Look inside")
    app.text_area(key="text.sentences").set_value("NOT good :(\ngood!").run()
    assert not app.exception
    assert "not good emo frowning" in html(app)
    assert len(app.get("plotly_chart")) == 6
    app.select_slider(key="text.buckets").set_value(8).run()
    assert app.dataframe[0].value["Bucket"].max() < 8
    app.button_group(key="text.telling").set_value("fear").run()
    assert "most weight for fear" in captions(app)
    app.text_area(key="text.sentences").set_value("  ").run()
    assert "Write a sentence" in app.info[0].value


def test_a_comparison_shows_figures_confusion_and_mistakes():
    config = ComparisonConfig(path="", name="105 sentences that we wrote", kinds=["naive_bayes", "svm"])
    run = new_comparison_run(None, config)
    worker.main([str(run.folder)])
    app = page("Train & compare", run)
    assert list(app.dataframe[0].value["Model"]) == ["Naive Bayes", "Linear SVM"]
    assert "Trained on 78 messages, measured on 27 others" in captions(app)
    app.button_group(key="text.shown_model").set_value("svm").run()
    assert not app.exception
    assert set(app.dataframe[1].value) == {"Message", "People", "Model"}


def test_a_comparison_begins_with_what_was_chosen(monkeypatch: pytest.MonkeyPatch):
    started: list[Run] = []
    monkeypatch.setattr("fer.ui.page_runs.start", started.append)
    app = page("Train & compare")
    app.selectbox(key="text.features").set_value("words").run()
    app.button(key="text.train").click().run()
    assert started[0].config()["features"] == "words"
    assert started[0].config()["kinds"] == ["naive_bayes", "logistic", "svm"]


def test_a_file_that_cannot_be_learned_from_is_a_sentence():
    app = page("Train & compare")
    app.button_group(key="text.data").set_value("A file on this computer").run()
    app.text_input(key="text.path").set_value("/no/such.csv").run()
    app.button(key="text.train").click().run()
    assert "cannot be read" in app.error[0].value
    assert all_runs() == []
