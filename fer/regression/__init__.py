"""Classic models on tables: regression and its friends, by scikit-learn and statsmodels.

    tables.py       a CSV or Excel file in, a table out, whatever its delimiter, decimal sign or sheet
    sheets.py       Excel files: which sheet, merged cells, no macros
    bundled.py      scikit-learn's own data sets
    cells.py        numbers, dates and categories as people write them; the script has these functions, too
    columns.py      what a column holds, guessed and changeable
    problem.py      target, features and task, checked; leaks pointed out
    preparing.py    missing values and categories, as a scikit-learn pipeline
    models.py       the models there are
    comparing.py    all of them on the same folds; the one-standard-error rule
    network.py      a small Keras network for the same table; in workers only
    comparison.py   a comparison as a run, and comparison_job.py, the worker's side of it
    least_squares.py  statsmodels' summary, VIF, residuals
    paths.py        coefficients over alpha, error over degree and k
    looks.py        boundaries, ROC, thresholds, residuals on rows held out
    explaining.py   coefficients, permutation importance, partial dependence
    descent.py      gradient descent on the loss of a line, step by step
    neurons.py      the perceptron, XOR, and gradients that vanish
    keeping.py      a fitted pipeline as a file, and the script that repeats it
    kept_parts.py   what such a file may hold
    class_scores.py a class's minutes beside the scores of a quiz

Nothing here is an estimator of our own; only the pictures that teach are (descent, neurons).
"""
