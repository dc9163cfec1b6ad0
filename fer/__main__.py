"""``python -m fer``: see ``fer.cli``."""

from fer.cli import main

if __name__ == "__main__":
    main()
