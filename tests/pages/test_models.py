"""The classic models' page: every block on a number and on a class, files, comparing, and what is refused."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer.regression.bundled import bundled_table
from fer.regression.comparing import fit
from fer.regression.comparison import new_comparison_run
from fer.regression.keeping import keep
from fer.regression.models import build
from fer.regression.paths import Path
from fer.regression.problem import Problem, make_problem
from fer.regression.tables import read_table
from fer.runs import worker
from fer.runs.folder import Run, all_runs
from fer.settings import ROOT
from fer.ui import models, models_linear
from fer.ui.models_charts import MOST_POINTS, line_chart, point_chart
from fer.ui.models_class import EXAMPLE_CLASS, EXAMPLE_SCORES

pytestmark = pytest.mark.usefixtures("home")

BLOCKS = (
    "Linear & OLS", "Ridge & lasso", "Polynomial", "Logistic", "k-NN", "Trees", "Compare", "Predict", "Explain",
    "Download", "How learning works", "Class data",
)  # fmt: skip


def page(block: str = "Data", run: Run | None = None) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    if run is not None:
        app.query_params["run"], app.query_params["key"] = run.id, run.key()
    app.switch_page("pages/models.py").run()
    return go(app, block) if block != "Data" else app


def go(app: AppTest, block: str) -> AppTest:
    app.button_group(key="models.block").set_value(block).run()
    assert not app.exception and not app.error, [error.value for error in app.error]
    return app


def said(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.success]
    return " ".join(part.value for part in parts).replace("\\", "")


def dropped(app: AppTest, name: str, data: bytes) -> AppTest:
    app.button_group(key="models.source").set_value("A file of yours").run()
    app.file_uploader(key="models.file").set_value([(name, data, "text/csv")]).run()
    assert not app.exception
    return app


CSV = b"hours;place;copy;mark\n" + b"".join(
    f"{n % 11},5;{'ab'[n % 2]};{3 * (n % 11) + n % 3};{3 * (n % 11) + n % 3}\n".encode() for n in range(60)
)


def test_every_block_shows_a_number():
    app = page()
    assert "442 rows, 11 columns" in said(app)
    for block in BLOCKS:
        go(app, block)
        assert len(said(app)) > 100
        if block == "Logistic":
            assert "This needs a class to predict" in said(app)
        if block == "Linear & OLS":
            assert "OLS Regression Results" in app.code[0].value
            assert app.metric[0].value == "0.518"


def test_every_block_shows_classes():
    app = page()
    app.button_group(key="models.bundled").set_value("iris").run()
    assert not app.exception
    for block in ("Linear & OLS", "Logistic", "k-NN", "Trees", "Predict", "Explain", "Download"):
        go(app, block)
        if block == "Linear & OLS":
            assert "This needs a number to predict" in said(app)
        if block == "Logistic":
            assert "precision" in said(app) and "odds ratio" in app.dataframe[0].value
            assert set(app.dataframe[0].value["against"]) == {"setosa"}
            assert "against “setosa”" in said(app) and "nearer to 1" in said(app)
        if block == "Trees":
            app.button_group(key="models.tree_kind").set_value("boosting").run()
            assert "small trees, one a class, in 60 rounds" in said(app)
        if block == "Predict":
            assert app.metric[0].value in ("setosa", "versicolor", "virginica")


def test_edges_of_many_points_are_always_drawn():
    x, y = np.linspace(0, 1, 5000), np.zeros(5000)
    y[7], y[9] = 50, -40
    drawn = point_chart(x, y, "leverage", "residual").data[0]
    assert len(drawn.x) == MOST_POINTS and {50, -40} <= set(drawn.y)
    assert (np.sort(drawn.x)[-100:] == x[-100:]).all()


def test_a_mark_on_a_logarithmic_axis_stands_at_its_value():
    chart = line_chart([0.01, 1000.0], {"a": [1, 2]}, "alpha", "weight", log=True, mark=1000.0)
    assert chart.layout.shapes[0].x0 == 1000.0 and not chart.layout.annotations


def test_the_mark_of_alpha_is_the_alpha(monkeypatch: pytest.MonkeyPatch):
    shown = {}
    monkeypatch.setattr("fer.ui.models_linear.show_chart", lambda figure, key, *_: shown.update({key: figure}))
    alphas = np.array([0.01, 1.0, 1000.0])
    path = Path(alphas, np.ones((1, 3)), ["x"], np.zeros(3), np.zeros(3))
    models_linear._path_charts(path, 2, "ridge")
    assert [figure.layout.shapes[0].x0 for figure in shown.values()] == [1000.0, 1000.0]


def test_a_file_is_read_and_its_leak_pointed_out():
    app = dropped(page(), "marks.csv", CSV)
    assert not app.error
    assert "marks.csv" in app.subheader[0].value.replace("\\", "")
    assert "Leak: copy is a copy of mark" in said(app)
    go(app, "Ridge & lasso")
    assert "marks.csv: mark (a number) from 2 columns, 60 rows" in said(app)
    # The choice outlives the blocks, and another target changes them.
    go(app, "Data")
    app.selectbox[0].set_value("place").run()
    go(app, "Predict")
    assert "place (2 classes)" in said(app)


def test_coming_back_to_data_keeps_the_file():
    app = page()
    app.button_group(key="models.bundled").set_value("iris").run()
    app = dropped(app, "marks.csv", CSV)
    go(app, "Download")
    go(app, "Data")
    assert app.subheader[0].value.replace("\\", "") == "marks.csv"
    app.button_group(key="models.source").set_value("scikit-learn's tables").run()
    assert app.subheader[0].value.replace("\\", "") == "marks.csv"
    app.button_group(key="models.bundled").set_value("wine").run()
    assert app.subheader[0].value.startswith("Wine")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("own.csv", b"a\n1\n", "has one column"),
        ("own.csv", b"a,b\n1,2\n", "1 row with b"),
        ("model.pkl", b"\x80\x04\x95", "is a pickle"),
        ("own.csv", b"a,b\n" + b"1,7\n" * 30, "b is 7 in every row"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(name: str, data: bytes, words: str):
    app = dropped(page(), name, data)
    assert words in said(app)


def test_features_and_types_can_be_changed():
    app = dropped(page(), "marks.csv", CSV)
    app.toggle[0].set_value(False).run()
    app.multiselect[0].set_value(["place"]).run()
    go(app, "Explain")
    assert "from 1 columns" in said(app)
    go(app, "Data")
    app.multiselect[0].set_value([]).run()
    assert "No feature is chosen" in said(app)


def test_a_path_is_offered_at_home_alone(configure):
    app = page()
    assert "A file on this computer" in app.button_group(key="models.source").options
    configure(FER_HOSTED="true")
    app = page()
    assert "A file on this computer" not in app.button_group(key="models.source").options


def test_the_page_fits_one_after_another_and_keeps_the_two_latest(monkeypatch: pytest.MonkeyPatch):
    seen: list[tuple[bool, int]] = []

    def watched(pipeline: object, problem: Problem) -> object:
        free = models.ONE_AT_A_TIME.acquire(blocking=False)
        seen.append((free, len(problem.y)))
        return fit(pipeline, problem)

    monkeypatch.setattr("fer.ui.models_answers.fit", watched)
    rows = "".join(f"{n % 97},{n % 89},{n % 97 + n % 3}\n" for n in range(4500))
    app = go(dropped(page(), "long.csv", b"a,b,y\n" + rows.encode()), "Predict")
    assert "it is fitted here" not in said(app)
    for name in ("knn", "tree", "linear"):
        app.selectbox(key="models.predict_model").set_value(name).run()
        assert not app.exception
        assert ("k-NN takes long, so it is fitted here on 4,000 of the 4,500 rows" in said(app)) == (name == "knn")
    assert seen == [(False, 4500), (False, 4000), (False, 4500), (False, 4500)]
    assert list(app.session_state[models.KEEP].fitted) == [("fitted", "tree"), ("fitted", "linear")]
    app.selectbox(key="models.predict_model").set_value("tree").run()
    assert len(seen) == 4 and list(app.session_state[models.KEEP].fitted)[-1] == ("fitted", "tree")
    # Whoever comes next finds it free.
    assert models.ONE_AT_A_TIME.acquire(blocking=False)
    models.ONE_AT_A_TIME.release()


def test_a_comparison_is_begun_watched_and_deleted(monkeypatch: pytest.MonkeyPatch):
    started: list[Run] = []
    monkeypatch.setattr("fer.ui.page_runs.start", started.append)
    app = go(dropped(page(), "marks.csv", CSV), "Compare")
    app.button_group(key="models.compared.regression").set_value(["baseline", "linear", "ridge"]).run()
    app.button(key="models.compare").click().run()
    (run,) = started
    assert run.config()["models"] == ["baseline", "linear", "ridge"] and run.config()["folds"] == 5
    assert app.button(key="models.cancel").label == "Cancel"
    assert worker.main([str(run.folder)]) == 0
    app.run()
    assert not app.exception
    assert list(app.dataframe[0].value["Model"]) == ["Baseline", "Linear (least squares)", "Ridge"]
    assert "Take **" in app.success[0].value
    app.button(key="models.delete").click().run()
    assert all_runs() == []


def test_a_runs_address_leads_to_its_results():
    problem = make_problem(bundled_table("iris"), "species")
    run = new_comparison_run(problem, ["baseline", "logistic"], folds=3)
    worker.main([str(run.folder)])
    app = page("Data", run)
    assert not app.exception
    assert "species from 4 columns, 3 folds" in said(app)


def test_a_model_that_could_not_be_fitted_is_named_above_the_results():
    rows = b"".join(b",".join([b"%d" % (n == 0)] * 250 + [b"%d.5" % (n * n % 17)]) + b"\n" for n in range(40))
    table = read_table(io.BytesIO(b",".join([*(b"c%d" % n for n in range(250)), b"y"]) + b"\n" + rows), "own.csv")
    run = new_comparison_run(make_problem(table, "y"), ["baseline", "ridge"])
    worker.main([str(run.folder)])
    app = page("Data", run)
    assert not app.exception and list(app.dataframe[0].value["Model"]) == ["Baseline"]
    assert "Ridge is left out. The model cannot be fitted on 32 of the rows" in said(app)


def test_a_pipeline_is_opened_again_and_a_pickle_refused():
    problem = make_problem(bundled_table("diabetes"), "progression")
    data = keep(build("ridge", problem).fit(problem.features, problem.y), problem, "Ridge")
    app = page("Download")
    assert "sklearn" in app.code[0].value and len(app.get("download_button")) == 3
    app.file_uploader(key="models.kept_file").set_value([("ridge.skops", data, "application/zip")]).run()
    assert "Ridge: predicts progression" in said(app) and len(app.dataframe[0].value) == 200
    app.file_uploader(key="models.kept_file").set_value([("ridge.pkl", pickle.dumps(1), "application/zip")]).run()
    assert "is a pickle" in app.error[0].value and not app.exception


def test_a_kept_pipeline_is_opened_at_home_alone(configure):
    configure(FER_HOSTED="true")
    app = page("Download")
    assert len(app.get("download_button")) == 3 and "Open one again" not in said(app) and not app.file_uploader


def test_what_least_squares_did_about_gaps_and_compared_with_is_said():
    rows = b"".join(b"%s;%s;%d\n" % (b"" if n % 10 == 0 else b"%d" % (n % 11), b"ab"[n % 2 :][:1], n % 17)
                    for n in range(60))  # fmt: skip
    app = go(dropped(page(), "marks.csv", b"hours;place;mark\n" + rows), "Linear & OLS")
    assert "6 of 60 rows lack a number and are left out here." in app.warning[0].value
    assert "Categories are compared with place = a, which have no row here." in said(app)
    assert "need even spread and independent rows" in said(app)
    go(app, "Ridge & lasso")
    assert "a category is 0 or 1" in said(app)


def test_the_lessons():
    app = page("How learning works")
    assert app.metric[0].value == "1.000"
    app.button_group(key="models.lesson").set_value("Walking down").run()
    app.select_slider(key="models.rate").set_value(1.3).run()
    assert "runs away" in said(app)
    app.button_group(key="models.lesson").set_value("One neuron").run()
    assert "A hidden layer of 3: **4 of 4** right" in said(app)
    app.button_group(key="models.lesson").set_value("Vanishing gradients").run()
    assert not app.exception and "first layer" in said(app)


def test_a_class_and_its_quiz():
    app = page("Class data")
    assert "This is correlation" in app.warning[0].value
    app.file_uploader(key="models.class_file").set_value([("class.csv", EXAMPLE_CLASS.encode(), "text/csv")])
    app.file_uploader(key="models.scores_file").set_value([("quiz.csv", EXAMPLE_SCORES.encode(), "text/csv")]).run()
    assert not app.exception and not app.error
    assert app.metric[0].value.startswith("+0.")
    assert "three at least, where the teacher set that" in said(app)
    assert "takes minutes for independent" not in said(app)
    app.button(key="models.class_use").click().run()
    quiz = b"minute,score,question_points\n" + b"".join(b"%d,%d,%d\n" % (n, 9 - n, n * n) for n in range(8))
    app.file_uploader(key="models.scores_file").set_value([("quiz.csv", quiz, "text/csv")]).run()
    assert "takes minutes for independent" in said(app) and "score" in app.dataframe[0].value
    app.selectbox(key="models.class_score").set_value("question_points").run()
    assert not app.exception and "question_points" in app.dataframe[0].value
    app.file_uploader(key="models.scores_file").set_value([("quiz.csv", b"who,what\n1,2\n3,4\n", "text/csv")]).run()
    assert "no column of scores" in said(app)
