"""scikit-learn's own data sets: real, small, and there without a network."""

from __future__ import annotations

from dataclasses import dataclass

from fer.errors import InputError
from fer.regression.tables import Table


@dataclass(frozen=True)
class Bundled:
    """A data set that scikit-learn carries.

    Attributes:
        title: What it is, in a few words.
        loader: The function of ``sklearn.datasets`` that loads it.
        target: What its target column is called here.
        classes: Whether the target is a class.
        about: Where it comes from and what is in it.
    """

    title: str
    loader: str
    target: str
    classes: bool
    about: str


BUNDLED: dict[str, Bundled] = {
    "diabetes": Bundled(
        "Diabetes: its course after a year", "load_diabetes", "progression", False,
        "442 patients: age, sex, body mass index, blood pressure and six blood values; how far the disease got in a "
        "year (Efron et al. 2004).",
    ),
    "iris": Bundled(
        "Iris: three species of flowers", "load_iris", "species", True,
        "150 flowers with the length and width of petals and sepals (Fisher 1936).",
    ),
    "wine": Bundled(
        "Wine: three growers", "load_wine", "grower", True,
        "178 wines by 13 chemical measurements (Forina et al., UCI).",
    ),
    "cancer": Bundled(
        "Breast cancer: malignant or benign", "load_breast_cancer", "diagnosis", True,
        "569 samples with 30 measures of cell nuclei (Street et al. 1993).",
    ),
    "digits": Bundled(
        "Digits: handwritten 0 to 9", "load_digits", "digit", True,
        "1,797 handwritten digits as 8 x 8 pixels (Alpaydin and Kaynak, UCI).",
    ),
}  # fmt: skip


def bundled_table(key: str) -> Table:
    """Return one of scikit-learn's data sets.

    Raises:
        InputError: If there is none of that name.
    """
    if key not in BUNDLED:
        raise InputError(f"No bundled table is called {key[:40]!r}, only: {', '.join(BUNDLED)}.")
    from sklearn import datasets

    bundled = BUNDLED[key]
    options = {"scaled": False} if key == "diabetes" else {}
    data = getattr(datasets, bundled.loader)(as_frame=True, **options)
    frame = data.data.copy()
    names = getattr(data, "target_names", None)
    target = data.target
    if bundled.classes:
        target = target.map(lambda number: str(names[number]) if names is not None else str(number))
    frame[bundled.target] = target.astype(object) if bundled.classes else target
    how = {"kind": "bundled", "loader": bundled.loader, "options": options}
    return Table(frame, bundled.title, len(frame), (), how, bundled.target, bundled.classes)
