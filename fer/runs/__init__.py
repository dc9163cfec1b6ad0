"""Runs: folders on disk, the worker process that fills them, and the lanes they wait in.

    folder.py    one run's folder: status, metrics, stop file, artifacts
    status.py    what status.json says, and whether its worker still lives
    files.py     writing and deleting that other processes may watch
    jobs.py      the table of what a worker can do
    worker.py    the process that does it, and how it is started
    queue.py     lanes, and the place of a run in its lane
    progress.py  share done and time left, told to the status not too often
    sweep.py     deletes what visitors uploaded once its time is over

A page makes a run, starts its worker and looks at its status; it never waits.
"""
