"""Fetch FER2013 from Kaggle with the user's own token, by kagglehub.

kagglehub keeps a token for the whole process, so each download has a process of its own: one visitor's token is never
another's, is written nowhere, and is gone with the download. ``python -m fer.dataset.kaggle FOLDER`` is that process.
"""

from __future__ import annotations

import json
import os
import re
import site
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fer.dataset.reading import Progress, silent
from fer.errors import DataError, InputError, StorageError
from fer.settings import ROOT, settings

DATASET, FILE = "deadskull7/fer2013", "fer2013.csv"
"""The whole CSV of the challenge: 35,887 rows in their own order, so that FER+ fits."""
PAGE = f"https://www.kaggle.com/datasets/{DATASET}"
TOKEN_NAMES = ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY")
GET_A_TOKEN = (
    "Make one at kaggle.com (Settings, API tokens) and give it here or as KAGGLE_API_TOKEN, "
    f"or download {FILE} from {PAGE} with your browser and open that."
)
SHARE = re.compile(r"(\d+)%\|")
"""As tqdm writes it."""


def download_fer2013(token: str = "", folder: Path | None = None, progress: Progress | None = None) -> Path:
    """Fetch ``fer2013.csv`` (301 MB) with a Kaggle token.

    Args:
        token: The user's: an API token, or what is in ``kaggle.json``. Empty takes what the environment and the user's
            own folder hold, which is right only on the user's own machine.
        folder: Where the file is put; ``FER_HOME/data/fer2013``, where every page finds it, by default.
        progress: Called with the share done, 0 to 1, and a few words. Whatever it raises ends the download.

    Returns:
        The file.

    Raises:
        InputError: If there is no token, or Kaggle does not take it.
        DataError: If Kaggle cannot be reached, or what comes is not whole.
        StorageError: If the file cannot be written.
    """
    progress = progress or silent
    if settings().hosted and not token.strip():
        # The server's own token is not for everybody who passes by.
        raise _sentence("token", "", Path())
    folder = folder or settings().home / "data" / "fer2013"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="kaggle-", dir=folder) as temporary:
            answer = _run(temporary, _environment(token, temporary), progress)
            if "error" in answer:
                raise _sentence(str(answer["error"]), str(answer["text"]), folder)
            path = folder / FILE
            os.replace(str(answer["path"]), path)
    except OSError as problem:
        raise StorageError(
            f"{folder} cannot be written ({problem.strerror or problem}). Make room, or choose another folder."
        ) from problem
    return path


def _environment(token: str, empty_home: str) -> dict[str, str]:
    """Return the download's environment, in which the token given is the only one.

    Args:
        token: The user's, or "" for whatever is found.
        empty_home: Taken as the home folder where a token is given: the real one may hold another's.

    Raises:
        InputError: If the token is none.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TQDM_MININTERVAL": "0.3", "PYTHONUNBUFFERED": "1"}
    token = token.strip()
    if not token:
        return environment
    for name in TOKEN_NAMES:
        environment.pop(name, None)
    environment |= dict.fromkeys(("HOME", "USERPROFILE", "KAGGLE_CONFIG_DIR"), empty_home)
    environment["PYTHONUSERBASE"] = site.getuserbase()
    if not token.startswith("{"):
        return {**environment, "KAGGLE_API_TOKEN": token}
    try:
        parts = json.loads(token)
        return {**environment, "KAGGLE_USERNAME": str(parts["username"]), "KAGGLE_KEY": str(parts["key"])}
    except (ValueError, KeyError, TypeError) as problem:
        raise InputError(
            'That is no kaggle.json: expected {"username": …, "key": …}, or the API token alone.'
        ) from problem


def _run(folder: str, environment: Mapping[str, str], progress: Progress) -> dict[str, Any]:
    """Download in a process of its own, and return what it says at its end."""
    command = [sys.executable, "-m", "fer.dataset.kaggle", folder]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe) as child:
        assert child.stdout is not None and child.stderr is not None
        answers: list[bytes] = []
        # Both are read at once: a full pipe would hold the download up.
        listener = threading.Thread(target=lambda stream=child.stdout: answers.append(stream.read()), daemon=True)
        listener.start()
        try:
            progress(0.0, "Asking Kaggle")
            for text in _pieces(child.stderr.fileno()):
                if found := SHARE.findall(text):
                    progress(int(found[-1]) / 100, f"Fetching {FILE} from Kaggle")
            listener.join()
        finally:
            child.kill()
    try:
        return dict(json.loads(answers[0].splitlines()[-1]))
    except (ValueError, IndexError):
        return {"error": "other", "text": f"the download ended with code {child.returncode}"}


def _pieces(descriptor: int) -> Iterator[str]:
    while piece := os.read(descriptor, 4096):
        yield piece.decode("utf-8", "replace")


def _sentence(error: str, text: str, folder: Path) -> Exception:
    if error == "token":
        return InputError(f"Kaggle asks for your own token. {GET_A_TOKEN}")
    if error == "refused":
        return InputError(f"Kaggle did not take the token, or it may not fetch {DATASET}. {GET_A_TOKEN}")
    if error == "network":
        return DataError(
            f"Kaggle cannot be reached ({text}). Connect to the internet and try again, or open a {FILE} that you have."
        )
    if error == "storage":
        return StorageError(f"{folder} cannot be written ({text}). 301 MB are needed: make room.")
    return DataError(f"Kaggle's file did not come whole ({text}). Try again, or download it from {PAGE}.")


def _download(folder: str) -> dict[str, str]:
    """Fetch the file; runs in the download's own process."""
    import kagglehub
    import requests
    from kagglehub import exceptions
    from kagglehub.config import get_kaggle_credentials

    try:
        if get_kaggle_credentials() is None:
            return {"error": "token", "text": ""}
        path = kagglehub.dataset_download(DATASET, path=FILE, output_dir=folder)
        return {"path": str(path)}
    # Whatever kagglehub raises becomes a sentence on the page, and its traceback goes nowhere that people see.
    except Exception as problem:
        kinds: list[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str]] = [
            ((exceptions.UnauthenticatedError, exceptions.CredentialError), "refused", str(problem)),
            (requests.HTTPError, "other", "it answered with an error"),
            (requests.Timeout, "network", "no answer in time"),
            (requests.RequestException, "network", "no connection"),
            (OSError, "storage", getattr(problem, "strerror", None) or str(problem)),
            (Exception, "other", f"{type(problem).__name__}: {problem}"[:200]),
        ]
        kind, text = next((kind, text) for types, kind, text in kinds if isinstance(problem, types))
        status = getattr(getattr(problem, "response", None), "status_code", 0)
        return {"error": "refused" if status in (401, 403) else kind, "text": f"{text} ({status})" if status else text}


if __name__ == "__main__":
    print("\n" + json.dumps(_download(sys.argv[1])))
