"""One Hypothesis profile for all properties: the same examples on every machine, and no example fails by its time."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("classmood", deadline=None, max_examples=150, derandomize=True)
settings.load_profile("classmood")
