"""Print a training run's curves as a chart that Markdown shows, for a decision.

python -m benchmarks.run_curves RUN_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from fer.training.curves import Curves


def main() -> None:
    import json

    if len(sys.argv) != 2:
        sys.exit(__doc__)
    curves = Curves()
    lines = (Path(sys.argv[1]) / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    curves.take(json.loads(line) for line in lines)
    seen, looked_at = ([100 * x for x in curves.column(f"{of}_accuracy")] for of in ("seen", "validation"))
    low, high = 5 * int(min(*seen, *looked_at) // 5), 5 * int(max(*seen, *looked_at) // 5 + 1)
    print("```mermaid\nxychart-beta")
    print(f'    title "learned faces (above) and {curves.validation}, % right after each epoch"')
    print(f'    x-axis "epoch" 1 --> {len(seen)}\n    y-axis "% right" {low} --> {high}')
    for line in (seen, looked_at):
        print(f"    line [{', '.join(f'{x:.1f}' for x in line)}]")
    print("```")


if __name__ == "__main__":
    main()
