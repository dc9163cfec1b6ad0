"""Training: recipes, architectures, the data path, the run that makes a network, and its publishing.

    recipe.py, recipe_files.py   every choice of a run, checked; presets, YAML and JSON
    plan.py, architectures.py    networks as data, with shapes and parameters
    networks.py, compiling.py    the same in Keras, with optimizer, schedule and loss
    narrowing.py                 a network's weights for a narrower one
    material.py, targets.py      what is learned, held out and looked at
    augmentation.py, batches.py  the data path
    job.py, steps.py, patience.py, checkpoints.py
                                 the training, resumable by epoch
    baselines.py                 k nearest faces and support vector machines
    run.py, run_job.py           the run folder, and what its worker does
    curves.py, verdict.py, summary.py
                                 what a run's figures say
    rate_finder.py               learning rates tried on a fresh network
    publishing.py, publishing_job.py, publish.py, exporting.py, eight_bits.py
                                 from a run to a model that serves

Keras is imported by networks, compiling, narrowing, job, steps, batches, teacher, publish, and the jobs that lead to
them: in workers and from the command line, never in the server.
"""
