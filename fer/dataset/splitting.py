"""Share faces out to Training, PublicTest and PrivateTest where the data does not say which are which."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.reading import NO_USAGE
from fer.dataset.twins import image_digest
from fer.errors import InputError


@dataclass(frozen=True)
class SplitRule:
    """How faces without a usage are shared out: by chance within each emotion, twins to the same side.

    Attributes:
        public: Share that goes to PublicTest, 0 to 1.
        private: Share that goes to PrivateTest; the rest is Training.
        seed: The same seed gives the same split of the same faces.

    Raises:
        InputError: If the shares are none, or leave nothing for Training.
    """

    public: float = 0.1
    private: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.public <= 1 and 0 <= self.private <= 1 and self.public + self.private < 1):
            raise InputError(
                f"Shares of {self.public:g} for PublicTest and {self.private:g} for PrivateTest came; expected "
                "two shares of 0 to 1 that leave something for Training, as 0.1 and 0.1."
            )


def split_faces(faces: FaceSet, rule: SplitRule) -> FaceSet:
    """Give a usage to the rows that have none.

    Images that are the same to the pixel stay together, so that no copy of a training image is tested on; where one of
    them has a usage, it is the others', too.
    """
    usage = _with_usage_of_twins(faces)
    missing = np.flatnonzero(usage == NO_USAGE)
    twins = _twins(faces.images[missing])
    # A group goes by its first image's label: twins with two labels still stay together.
    leaders = np.unique(twins, return_index=True)[1]
    usage_of_group = np.zeros(len(leaders), np.uint8)
    rng = np.random.default_rng(rule.seed)
    for label in range(7):
        groups = rng.permutation(np.flatnonzero(faces.labels[missing][leaders] == label))
        public, private = (round(share * len(groups)) for share in (rule.public, rule.private))
        usage_of_group[groups[:public]] = USAGES.index("PublicTest")
        usage_of_group[groups[public : public + private]] = USAGES.index("PrivateTest")
    usage[missing] = usage_of_group[twins]
    return replace(faces, usage=usage, by_chance=len(missing) == len(faces))


def _with_usage_of_twins(faces: FaceSet) -> npt.NDArray[np.uint8]:
    """Return the usages; rows without one have that of the first image that is the same, where that has one."""
    usage = np.array(faces.usage)
    missing, given = (np.flatnonzero(there) for there in (usage == NO_USAGE, usage != NO_USAGE))
    if len(missing) and len(given):
        known: dict[bytes, int] = {}
        for row in given:
            known.setdefault(image_digest(faces.images[row]), int(usage[row]))
        usage[missing] = [known.get(image_digest(faces.images[row]), NO_USAGE) for row in missing]
    return usage


def _twins(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.intp]:
    """Number groups of images that are the same to the pixel, by their first member's order: shape ``(n,)``."""
    groups: dict[bytes, int] = {}
    return np.array([groups.setdefault(image_digest(image), len(groups)) for image in images], np.intp)
