"""Classmood: faces (and later voices and words) in, the mood of a class out."""

__version__ = "0.1.0"
