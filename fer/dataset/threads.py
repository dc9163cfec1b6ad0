"""How many cores numerical libraries take."""

from __future__ import annotations

from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def one_thread_each() -> AbstractContextManager[object]:
    """Keep BLAS and OpenMP to one thread a call for as long as the context lasts, in the whole process.

    Their threads wait for each other by spinning. On a machine that is busy with something else, a class of cameras for
    example, that is most of what they do: the labels' model took 87 s with two threads there, and 6 s with one.
    """
    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits
