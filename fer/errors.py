"""What a visitor can cause, each with a sentence that says what was expected, what came and what to do.

    FerError
    ├── InputError          a photo, a recording or an option that cannot be used
    ├── DataError           a data set that is not what it should be
    │   └── SplitNeededError  one that does not say which of its faces train and which test
    ├── ModelError          a model that is missing, damaged or does not fit
    ├── DetectorError       a face detector that was asked for by name and cannot be had
    ├── StorageError        a folder that cannot be written
    ├── JoinError           a class that cannot be joined or continued: a wrong or expired code or link, too many tries
    ├── ClassFullError      a class or a server that has no place for another student or camera
    └── DatabaseError       a database that cannot be reached, read or written

Only ``fer.ui`` turns them into a message and only ``fer.cli`` into an exit code. A programmer's mistake
raises ValueError or TypeError and is not caught.
"""

from __future__ import annotations


class FerError(Exception):
    """The root: its text is a sentence for the person at the screen."""


class InputError(FerError):
    """A photo, a recording or an option that cannot be used."""


class DataError(FerError):
    """A data set that is not what it should be."""


class SplitNeededError(DataError):
    """A data set that does not say which of its faces train and which test: whoever opens it must."""


class ModelError(FerError):
    """A model that is missing, damaged or does not fit."""


class DetectorError(FerError):
    """A face detector that was asked for by name and cannot be had."""


class StorageError(FerError):
    """A folder that cannot be written."""


class JoinError(FerError):
    """A class that cannot be joined or continued: a wrong or expired code or link, too many tries."""


class ClassFullError(FerError):
    """A class or a server that has no place for another student or camera."""


class DatabaseError(FerError):
    """A database that cannot be reached, read or written."""
