"""The commands of ``python -m fer`` that have a file of their own; ``fer.cli`` puts them together."""
