"""`python -m tests.crash`: hundreds of kills under thousands of messages, and a table of what came of them."""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.crash.matrix import Run, open_matrix
from tests.crash.steps import RANDOM, STEPS
from tests.support.postgres import start_postgres

_AT_RANDOM = 0.25
"""Share of the kills that hit any process at any moment."""


def main() -> None:
    """Run it, print the table, exit 1 when a promise was broken."""
    options = _options()
    chance = random.Random(options.seed)
    steps = _choose(options.kills, chance)
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    with (
        tempfile.TemporaryDirectory(prefix="mailguard-crash-") as place,
        _database(options.database) as url,
        open_matrix(Path(place), url, options.seed) as matrix,
        bar,
    ):
        kills = bar.add_task("kills", total=len(steps))
        messages = bar.add_task("acknowledged", total=options.messages)

        def progress(killed: int, acknowledged: int) -> None:
            bar.update(kills, completed=killed)
            bar.update(messages, completed=acknowledged)

        run = matrix.run(steps, options.messages, progress, seconds=60 * options.minutes)
    results = _results(run, options)
    _print(results, Console())
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if results["violations"] else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=300, help="how often the guard is killed")
    parser.add_argument("--messages", type=int, default=20_000, help="how many messages come in meanwhile")
    parser.add_argument("--minutes", type=float, default=60, help="no more kills after that, on a machine that is slow")
    parser.add_argument("--seed", type=int, default=6, help="of the choice of steps and moments")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--output", type=Path, help="where the figures go as JSON")
    return parser.parse_args()


def _choose(kills: int, chance: random.Random) -> list[str]:
    """Every step as often as every other, in any order, with kills at random between them."""
    at_random = round(kills * _AT_RANDOM)
    steps = [STEPS[number % len(STEPS)] for number in range(kills - at_random)] + [RANDOM] * at_random
    chance.shuffle(steps)
    return steps


@contextmanager
def _database(name: str) -> Iterator[str]:
    if name == "sqlite":
        yield ""
        return
    with start_postgres() as server:
        yield server.new_database()


def _results(run: Run, options: argparse.Namespace) -> dict[str, Any]:
    copies = Counter(kill.step for at in run.comparison.second_copies if (kill := run.kill_before(at)))
    losses = Counter(kill.step if (kill := run.kill_before(at)) else "" for _, at in run.comparison.lost)
    kills = Counter(kill.step for kill in run.kills)
    acknowledged: Counter[str] = Counter()
    for kill in run.kills:
        acknowledged[kill.step] += kill.acknowledged
    rows = [
        {
            "step": step,
            "kills": kills[step],
            "acknowledged": acknowledged[step],
            "kept": acknowledged[step] - losses[step],
            "second_copies": copies[step],
            "losses": losses[step],
        }
        for step in (*STEPS, RANDOM)
        if kills[step]
    ]
    return {
        "database": options.database,
        "seed": options.seed,
        "kills": len(run.kills),
        "starts": run.starts,
        "seconds": round(run.seconds, 1),
        "messages": run.messages,
        "acknowledged": run.acknowledged,
        "held": run.held,
        "released": run.comparison.released,
        "undecided": run.comparison.open,
        "letters": run.comparison.letters,
        "second_copies": len(run.comparison.second_copies),
        "steps": rows,
        "violations": list(run.violations()),
    }


def _print(results: dict[str, Any], console: Console) -> None:
    columns = ("step", "kills", "acknowledged", "kept", "second_copies", "losses")
    table = Table(title=f"kill -9 on {results['database']}, seed {results['seed']}")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="left" if column == "step" else "right")
    for row in results["steps"]:
        table.add_row(*(str(row[column]) for column in columns))
    table.add_section()
    table.add_row("together", *(str(sum(row[column] for row in results["steps"])) for column in columns[1:]))
    console.print(table)
    told = ("messages", "acknowledged", "held", "released", "undecided", "letters", "starts", "seconds")
    console.print(", ".join(f"{name} {results[name]}" for name in told))
    for violation in results["violations"]:
        console.print(f"[red]{violation}[/red]")


if __name__ == "__main__":
    main()
