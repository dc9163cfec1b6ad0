"""What the tests of training share; networks run in processes of their own (small_training.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Tests are no package, so what several of them share is found by its folder.
sys.path.insert(0, str(Path(__file__).parent))

SCRIPT = Path(__file__).with_name("small_training.py")


def in_own_process(what: str, home: Path, **variables: str) -> Any:
    """Run a part of small_training.py: TensorFlow stays out of the tests' process, as it stays out of the server."""
    result = subprocess.run(
        [sys.executable, str(SCRIPT), what, str(home)],
        env={**os.environ, "FER_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return json.loads(result.stdout.split("RESULT")[1])


@pytest.fixture(scope="session")
def small_training() -> Callable[..., Any]:
    return in_own_process
