"""The models there are: what each is called, which task it does, and its scikit-learn pipeline.

They stand in order from the simplest to the most flexible: the one-standard-error rule takes the first that is good
enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fer.errors import InputError
from fer.regression.preparing import prepared
from fer.regression.problem import Problem, Task

ALPHAS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
BEFORE_POWERS = 30
"""Powers of more columns would be thousands."""
MOST_DEGREE = 12
NETWORK = "network"
SEED = 1
JOBS = 2


@dataclass(frozen=True)
class Options:
    """What a learner can turn.

    Attributes:
        degree: Of the polynomial.
        k: Neighbours that are asked.
        depth: Of the tree, in questions.
        seed: Of what is random.
    """

    degree: int = 2
    k: int = 15
    depth: int = 5
    seed: int = SEED


@dataclass(frozen=True)
class Model:
    """One kind of model.

    Attributes:
        title: Its name for people.
        tasks: What it can do.
        about: What it is, in one sentence.
        build: Makes the estimator that follows the preparation, or the whole pipeline.
    """

    title: str
    tasks: tuple[Task, ...]
    about: str
    build: Callable[[Problem, Options], list[tuple[str, Any]]]


def model_of(name: str) -> Model:
    """Return a model by its name; ``elastic-net`` and ``elastic_net`` are the same.

    Raises:
        InputError: If there is none of that name.
    """
    key = name.strip().lower().replace("-", "_").replace(" ", "_")
    key = {"ols": "linear", "k_nn": "knn", "mlp": NETWORK, "gradient_boosting": "boosting"}.get(key, key)
    if key not in MODELS:
        raise InputError(f"No model is called {name[:40]!r}. There are: {', '.join(MODELS)}.")
    return MODELS[key]


def name_of(model: Model) -> str:
    """Return the name that a model has in tables and files."""
    return next(name for name, one in MODELS.items() if one is model)


def models_for(task: Task) -> list[str]:
    """Return the names of the models that do a task, the simplest first."""
    return [name for name, model in MODELS.items() if task in model.tasks]


def build(name: str, problem: Problem, options: Options | None = None) -> Any:
    """Return a pipeline, not fitted, from the table's columns to a prediction.

    Args:
        name: One of ``MODELS``, but not the network, which lives in ``fer.regression.network``.
        problem: What is predicted from what.
        options: What can be turned.

    Raises:
        InputError: If there is no such model, or it does another task.
    """
    from sklearn.pipeline import Pipeline

    model = model_of(name)
    if problem.task not in model.tasks:
        can = ", ".join(models_for(problem.task))
        raise InputError(
            f"{model.title} does not do a {problem.task}, which {problem.target} asks for. These do: {can}."
        )
    options = options or Options()
    if not 1 <= options.degree <= MOST_DEGREE:
        raise InputError(f"The degree must be 1 to {MOST_DEGREE}; {options.degree} came. Beyond it, powers overflow.")
    return Pipeline(model.build(problem, options))


def _baseline(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return [("model", DummyClassifier(strategy="prior") if problem.classes else DummyRegressor())]


def _simple(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import LinearRegression

    return [*prepared(problem, most=1), ("model", LinearRegression())]


def _linear(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import LinearRegression

    return [*prepared(problem, drop="first"), ("model", LinearRegression())]


def _ridge(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import RidgeCV

    return [*prepared(problem), ("model", RidgeCV(alphas=ALPHAS))]


def _shuffled(options: Options) -> Any:
    """Return the folds within a fold; in the order of a sorted table, each would be unlike the others."""
    from sklearn.model_selection import KFold

    return KFold(5, shuffle=True, random_state=options.seed)


def _lasso(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import LassoCV

    model = LassoCV(alphas=50, cv=_shuffled(options), max_iter=5000, selection="random", random_state=options.seed)
    return [*prepared(problem), ("model", model)]


def _elastic_net(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import ElasticNetCV

    model = ElasticNetCV(
        l1_ratio=[0.2, 0.5, 0.8], alphas=30, cv=_shuffled(options), max_iter=5000, selection="random",
        random_state=options.seed,
    )  # fmt: skip
    return [*prepared(problem), ("model", model)]


def _polynomial(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import LogisticRegression, RidgeCV

    model = LogisticRegression(C=0.1, max_iter=2000) if problem.classes else RidgeCV(alphas=ALPHAS)
    # Products of many columns at a high degree would not fit into memory.
    most = {2: BEFORE_POWERS, 3: 12}.get(options.degree, 200 if options.degree == 1 else 5 if options.degree < 7 else 3)
    return [*prepared(problem, powers=options.degree, most=most), ("model", model)]


def _logistic(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.linear_model import LogisticRegression

    return [*prepared(problem, drop="first"), ("model", LogisticRegression(max_iter=2000))]


def _knn(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    # Some rows are held out: not all of them can be neighbours.
    k = max(1, min(options.k, len(problem.y) // 2))
    kind = KNeighborsClassifier if problem.classes else KNeighborsRegressor
    return [*prepared(problem), ("model", kind(n_neighbors=k))]


def _tree(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if problem.classes else DecisionTreeRegressor
    leaf = max(1, min(10, len(problem.y) // 20))
    return [
        *prepared(problem),
        ("model", kind(max_depth=options.depth, min_samples_leaf=leaf, random_state=options.seed)),
    ]


def _forest(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestClassifier if problem.classes else RandomForestRegressor
    share = "sqrt" if problem.classes else 0.4
    model = kind(150, min_samples_leaf=3, max_features=share, n_jobs=JOBS, random_state=options.seed)
    return [*prepared(problem), ("model", model)]


def _boosting(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if problem.classes else HistGradientBoostingRegressor
    trees = 100 if len(problem.classes) < 3 else 60
    model = kind(
        learning_rate=0.06, max_iter=trees, max_leaf_nodes=12, min_samples_leaf=10, l2_regularization=1.0,
        early_stopping=False, random_state=options.seed,
    )  # fmt: skip
    return [*prepared(problem), ("model", model)]


def _network(problem: Problem, options: Options) -> list[tuple[str, Any]]:
    raise InputError("The network is trained by a worker process, in Compare or on the command line.")


NUMBER: tuple[Task, ...] = ("regression",)
CLASS: tuple[Task, ...] = ("classification",)
BOTH: tuple[Task, ...] = ("regression", "classification")

MODELS: dict[str, Model] = {
    "baseline": Model("Baseline", BOTH, "Always says the mean, or how frequent each class is.", _baseline),
    "simple": Model("Simple linear", NUMBER, "A straight line over the one column that tells most.", _simple),
    "linear": Model("Linear (least squares)", NUMBER, "Adds up all columns, each with its weight.", _linear),
    "ridge": Model("Ridge", NUMBER, "Linear, with large weights made costly.", _ridge),
    "lasso": Model("Lasso", NUMBER, "Linear, with weights pulled to exactly zero.", _lasso),
    "elastic_net": Model("Elastic net", NUMBER, "Ridge and lasso in one.", _elastic_net),
    "logistic": Model("Logistic", CLASS, "Adds up all columns and turns the sum into a probability.", _logistic),
    "polynomial": Model("Polynomial", BOTH, "Linear in the columns, their powers and products.", _polynomial),
    "knn": Model("k-NN", BOTH, "Asks the k most similar rows.", _knn),
    "tree": Model("Decision tree", BOTH, "Asks one question after another.", _tree),
    "forest": Model("Random forest", BOTH, "The mean of many trees, each of other rows and columns.", _forest),
    "boosting": Model("Gradient boosting", BOTH, "Small trees, each mending what is still wrong.", _boosting),
    "network": Model("Neural network", BOTH, "Layers of sums, trained by gradient descent (Keras).", _network),
}
