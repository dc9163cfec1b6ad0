"""Benchmarks: each prints a table of ours, the peer's and the ratio from one run: ``python -m benchmarks.NAME``."""
