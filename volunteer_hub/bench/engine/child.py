"""One side of one case in a process of its own: `python -m volunteer_hub.bench.engine.child`.

Reads {"case", "side", "n", "m", "seed", "folder", "check"} from standard input and writes its figures as JSON
into answer.json in that folder, so that whatever a library prints does no harm.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from volunteer_hub.bench.engine.case import Task
from volunteer_hub.bench.engine.cases import CASES

ANSWER = "answer.json"


def main() -> None:
    """Answer one question."""
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"])
    task = Task(asked["n"], asked["m"], asked["seed"], folder, asked["check"])
    side = getattr(CASES[asked["case"]], asked["side"])
    (folder / ANSWER).write_text(json.dumps(side(task)))


if __name__ == "__main__":
    main()
