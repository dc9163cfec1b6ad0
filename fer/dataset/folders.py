"""Faces as image files: Kaggle's folders of FER2013 (``train|test/EMOTION/*.jpg``), or any folder of images by class.

The same for a folder on disk and a folder in a .zip: a list of names, and a way to read one.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import numpy.typing as npt

from fer.dataset.archives import as_share, is_archive, is_clutter
from fer.dataset.faceset import USAGES, FaceSet
from fer.dataset.problems import Problem
from fer.dataset.reading import NO_USAGE, Kind, Progress, Reading
from fer.emotions import EMOTIONS, canonical
from fer.errors import DataError, InputError
from fer.faces.crop import FRAMINGS, Framing, crop_faces
from fer.faces.detect import WEBCAM, Detections, Detector, open_detector
from fer.faces.images import IMAGE_SUFFIXES, read_photo
from fer.faces.scale import CROP_PX

UInt8Array = npt.NDArray[np.uint8]

MOST_FILES = 250_000
LARGEST_IMAGE_BYTES = 40_000_000
LONGEST_NAME = 250
TIGHT_PX = 128
"""Up to this side an image in which no face is found is taken as a face that was cut out before, and as a whole."""
WHOLE = Framing(side=1.0, down=0.0, level=0.0)
TRAINING = {"train", "training"}
VALIDATION = {"val", "valid", "validation", "dev", "publictest"}
TEST = {"test", "testing"}
PRIVATE = {"privatetest"}
EXPECTED = f"Expected folders named after the emotions ({', '.join(EMOTIONS)}), as train/happy"


class NoFaceError(InputError):
    """An image without a face that could be cut out."""


@dataclass(frozen=True)
class Picture:
    """An image file of a class.

    Attributes:
        name: Its path below the folder, with ``/``.
        label: Of its emotion.
        usage: Index into ``USAGES``, or ``NO_USAGE``.
    """

    name: str
    label: int
    usage: int


def list_files(folder: Path) -> list[str]:
    """Return the files below a folder, with ``/``, in the order of their names.

    Raises:
        DataError: If there are too many.
        OSError: If a folder cannot be entered.
    """

    def fail(problem: OSError) -> None:
        raise problem

    names: list[str] = []
    for place, _, files in os.walk(folder, onerror=fail):
        below = Path(place).relative_to(folder)
        names += [(below / file).as_posix() for file in files]
        if len(names) > MOST_FILES:
            raise DataError(f"{folder.name} holds more than {MOST_FILES:,} files. Name the folder of the data itself.")
    return sorted(name for name in names if not is_clutter(name))


def read_folder(folder: Path, names: Sequence[str], progress: Progress) -> Reading:
    """Read the images of a folder on disk.

    Args:
        folder: Holds them.
        names: From :func:`list_files`.
        progress: Called for each hundredth.

    Raises:
        DataError: If it holds no images of the seven emotions, or none can be read.
    """

    def read(name: str) -> bytes:
        path = folder / name
        try:
            check_size(name, path.stat().st_size)
            return path.read_bytes()
        except OSError as problem:
            raise InputError(f"{name} cannot be read ({problem.strerror or problem}).") from problem

    return read_images(folder.name, names, read, progress)


def check_size(name: str, size: int) -> None:
    """Refuse a file that is too large for an image.

    Raises:
        InputError: If it is.
    """
    if size > LARGEST_IMAGE_BYTES:
        raise InputError(f"{name} has {size / 1e6:,.0f} MB; at most {LARGEST_IMAGE_BYTES / 1e6:,.0f} MB are taken.")


def read_images(name: str, names: Sequence[str], read: Callable[[str], bytes], progress: Progress) -> Reading:
    """Read images by class, wherever they lie.

    Args:
        name: What the folder is called in messages.
        names: Of all files, with ``/``.
        read: Gives a file's bytes; raises InputError for one that is not taken.
        progress: Called for each hundredth.

    Returns:
        Faces of 48 x 48: an image of that size as it is, of another the face that the detector finds, cut out as
        everywhere else.

    Raises:
        DataError: If there are no images of the seven emotions, or none can be read.
    """
    pictures, problems = sort_files(names)
    if not pictures:
        found = f" Its folders are: {', '.join(sorted({_class_of(one) for one in names})[:8])}." if names else ""
        raise DataError(f"{name} holds no images of the seven emotions.{found} {EXPECTED}.")
    taken = _Taken(np.empty((len(pictures), CROP_PX, CROP_PX), np.uint8))
    digest = hashlib.sha256()
    for number, picture in enumerate(pictures):
        if number % max(1, len(pictures) // 100) == 0:
            progress(as_share(number, len(pictures)), f"Reading {name}")
        try:
            data = read(picture.name)
            digest.update(f"{picture.name}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
            digest.update(data)
            taken.add(picture, data)
        except NoFaceError as problem:
            problems.append(Problem("no_face", picture.name, str(problem)))
        except InputError as problem:
            problems.append(Problem("not_an_image", picture.name, str(problem)))
    if not taken.pictures:
        first = problems[0].message
        raise DataError(f"{name}: none of its {len(pictures):,} images can be used. {first} {EXPECTED}.")
    problems.sort(key=lambda problem: problem.source)
    said = any(picture.usage != NO_USAGE for picture in taken.pictures)
    kind: Kind = "folder" if said else "images"
    return Reading(taken.faces(), tuple(problems), kind, digest.hexdigest(), taken.notes())


def sort_files(names: Sequence[str]) -> tuple[list[Picture], list[Problem]]:
    """Tell the images of the seven emotions from everything else, which is named."""
    has_validation = any(set(_places(name)) & VALIDATION for name in names)
    pictures: list[Picture] = []
    problems: list[Problem] = []
    others: Counter[str] = Counter()
    for name in names:
        if is_archive(name):
            problems.append(Problem("nested_archive", name, f"{name} is a packed file inside and was left alone."))
        elif not name.lower().endswith(IMAGE_SUFFIXES):
            problems.append(Problem("not_an_image", name, f"{name} is no image and was left out."))
        elif len(name) > LONGEST_NAME:
            problems.append(Problem("name", name[:80] + "…", f"{name[:80]}… has a name of {len(name):,} letters."))
        elif (emotion := _emotion_of(name)) is None:
            others[_class_of(name)] += 1
        else:
            pictures.append(Picture(name, EMOTIONS.index(emotion), _usage_of(name, has_validation)))
    for folder, count in others.items():
        images = f"{count:,} image{'s' * (count != 1)}"
        problems.append(
            Problem("class", folder, f"{folder}: {images} left out, because that is none of the seven emotions.")
        )
    return pictures, problems


def _places(name: str) -> list[str]:
    return [part.strip().lower() for part in PurePosixPath(name).parts[:-1]]


def _class_of(name: str) -> str:
    folder = PurePosixPath(name).parent.as_posix()
    return "(no folder)" if folder == "." else folder


def _emotion_of(name: str) -> str | None:
    """Return the emotion of the nearest folder that is named after one."""
    return next(filter(None, (canonical(place) for place in reversed(_places(name)))), None)


def _usage_of(name: str, has_validation: bool) -> int:
    """Return a file's usage: by the beginning of its own name, as Kaggle's are, otherwise by its folders.

    A ``test`` beside a validation folder is PrivateTest; alone, it is what a network is chosen by, so PublicTest.
    """
    first = PurePosixPath(name).name.partition("_")[0].lower()
    for code, usage in enumerate(USAGES):
        if first == usage.lower():
            return code
    for place in reversed(_places(name)):
        if place in TRAINING:
            return 0
        if place in VALIDATION:
            return 1
        if place in PRIVATE or (place in TEST and has_validation):
            return 2
        if place in TEST:
            return 1
    return NO_USAGE


@dataclass
class _Taken:
    """The faces so far.

    Attributes:
        images: Room for all of them; the first ``len(pictures)`` are filled.
        pictures: Those that were good.
        cut: How many had another size and a face in them.
        whole: How many had another size, no face that was found, and were taken whole.
    """

    images: UInt8Array
    pictures: list[Picture] = field(default_factory=list)
    cut: int = 0
    whole: int = 0
    _detector: Detector | None = None

    def add(self, picture: Picture, data: bytes) -> None:
        """Take an image.

        Raises:
            NoFaceError: If no face is found in it.
            InputError: If it is none.
        """
        image = read_photo(data, picture.name).image_bgr
        if image.shape[:2] == (CROP_PX, CROP_PX):
            face = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        else:
            face = self._face_in(image, picture.name)
        self.images[len(self.pictures)] = face
        self.pictures.append(picture)

    def _face_in(self, image_bgr: UInt8Array, name: str) -> UInt8Array:
        if self._detector is None:
            self._detector = open_detector("auto")
        found = self._detector.detect(image_bgr, WEBCAM)
        if len(found):
            sides = found.boxes_xyxy[:, 2:] - found.boxes_xyxy[:, :2]
            largest = found.take([int(np.argmax(sides.prod(axis=1)))])
            self.cut += 1
            return np.asarray(crop_faces(image_bgr, largest, FRAMINGS[self._detector.name])[0])
        height, width = image_bgr.shape[:2]
        if max(height, width) > TIGHT_PX:
            raise NoFaceError(f"{name}: no face was found in its {width} x {height} pixels.")
        self.whole += 1
        side, none = min(height, width), np.full((1, 5, 2), np.nan, np.float32)
        corner = np.array([(width - side) / 2, (height - side) / 2], np.float32)
        box = np.concatenate([corner, corner + side])[None].astype(np.float32)
        return np.asarray(crop_faces(image_bgr, Detections(box, np.ones(1, np.float32), none), WHOLE)[0])

    def faces(self) -> FaceSet:
        """Return what was taken."""
        return FaceSet(
            self.images[: len(self.pictures)],
            np.array([picture.label for picture in self.pictures], np.uint8),
            np.array([picture.usage for picture in self.pictures], np.uint8),
            np.array([picture.name for picture in self.pictures], np.str_),
        )

    def notes(self) -> tuple[str, ...]:
        """Say what was done to images of another size than 48 x 48."""
        if self._detector is None:
            return ()
        found = self._detector.name
        images = f"{self.cut:,} image{'s' * (self.cut != 1)}"
        text = f"{images} of another size than 48 x 48: the face that {found} found was cut out."
        if self.whole:
            ones, were = ("small ones", "they were") if self.whole > 1 else ("small one", "it was")
            text += f" In {self.whole:,} {ones} none was found; {were} taken whole."
        return (text, self._detector.note) if self._detector.note else (text,)
