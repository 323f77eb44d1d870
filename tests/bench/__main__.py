"""`python -m tests.bench`: messages a second, CPU, latency and memory of guard and peers; holding; a large register.

Peers that are installed take part: Debian packages postfix, haproxy, rspamd, amavisd-new.
"""

import argparse
import json
import os
import platform
import resource
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.bystanders import measure_beside_crowd
from tests.bench.customers import KNOWN, write_register
from tests.bench.holding import measure_holding
from tests.bench.letters import BenchLetter, write_letters
from tests.bench.lineup import all_systems
from tests.bench.load import Run, drive, measure_latency
from tests.bench.memory import measure_memory
from tests.bench.printing import print_results
from tests.bench.processes import usage_of
from tests.bench.register import measure_register
from tests.bench.stages import measure_stages
from tests.bench.systems import GUARD, System
from tests.bench.targets import SIZES, targets_of


def main() -> None:
    """Run it, print the tables, write the JSON."""
    options = _options()
    results = _about(options)
    # Two thousand idle connections here, and as many in the guard, which inherits it.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="mailguard-bench-") as place:
        folder = Path(place)
        if options.only in (None, "guard"):
            results |= _measure_guard(folder, options)
        if options.only in (None, "hold"):
            results["hold"] = measure_holding(folder, options.cases, options.seconds, options.workers)
        if options.only in (None, "register"):
            results["register"] = measure_register(folder, options.register_customers)
    print_results(results)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"written to {options.output}")


def _measure_guard(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    letters = write_letters(folder, KNOWN)
    customers = folder / "customers.csv"
    write_register(customers, options.customers)
    with all_systems(folder, customers, options.workers) as systems:
        measured = _measure(systems, letters, options)
    stages = measure_stages(f"sqlite:///{folder}/guard/guard.db", letters, options.rounds * 30)
    targets = [asdict(target) | {"reached": target.reached} for target in targets_of(measured)]
    return {"systems": measured, "stages": [asdict(times) for times in stages], "targets": targets}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000, help="size of the register (100000 is the target's)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="smtp.workers of the guard")
    parser.add_argument("--rounds", type=int, default=2, help="times that all systems take turns")
    parser.add_argument("--seconds", type=float, default=2.5, help="length of one run")
    parts = "messages a second; holding them, and lists of many; a large register"
    parser.add_argument("--only", choices=("guard", "hold", "register"), help=parts)
    parser.add_argument("--thousands", type=int, default=20, help="thousands of messages that memory is watched over")
    parser.add_argument("--cases", type=int, default=1_000_000, help="made-up cases for the lists")
    parser.add_argument("--register-customers", type=int, default=200_000, help="size of the large register")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"), help="where the JSON goes")
    return parser.parse_args()


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "customers": options.customers,
        "workers": options.workers,
    }


def _measure(
    systems: list[System], letters: Mapping[str, BenchLetter], options: argparse.Namespace
) -> dict[str, dict[str, Any]]:
    runs: dict[str, dict[str, list[Run]]] = {system.name: {} for system in systems}
    # First of all, while the guard is young.
    memory = {s.name: measure_memory(s, letters["2 kB"], options.thousands) for s in systems if s.name == GUARD}
    before = {system.name: system.passed() or 0 for system in systems}
    for _ in range(options.rounds):
        # In turns, so that a busy neighbour on the machine hits all of them.
        for size in SIZES:
            for system in systems:
                runs[system.name].setdefault(size, []).append(drive(system, letters[size], options.seconds))
    results: dict[str, dict[str, Any]] = {}
    for system in systems:
        results[system.name] = {size: _summary(of_size) for size, of_size in runs[system.name].items()}
        results[system.name]["latency"] = asdict(measure_latency(system, letters["2 kB"], options.seconds))
        if system.name == GUARD:
            results[system.name]["beside_crowd"] = measure_beside_crowd(system, letters["2 kB"], options.seconds)
            results[system.name]["held"] = _summary([drive(system, letters["held"], options.seconds)])
        used = [usage_of(pid) for pid in system.pids]
        results[system.name]["largest_mb"] = max((each.largest_mb for each in used), default=0.0)
        results[system.name]["together_mb"] = sum(each.together_mb for each in used)
        if system.name in memory:
            results[system.name]["memory"] = memory[system.name]
        sent = sum(results[system.name][size]["messages"] for size in SIZES)
        if (passed := system.passed()) is not None and (passed := passed - before[system.name]) < sent:
            raise SystemExit(f"{system.name} has passed on {passed} of {sent} clean messages: no figures from that")
    return results


def _summary(runs: list[Run]) -> dict[str, float]:
    return {
        "per_second": median(run.rate for run in runs),
        "cpu_ms": median(run.cpu_ms for run in runs),
        "messages": sum(run.messages for run in runs),
    }


if __name__ == "__main__":
    main()
