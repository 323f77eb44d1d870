"""`python -m tests.fuzz`: all targets in turn for some seconds; what breaks one is written to a file."""

import argparse
import random
import sys
import time
from pathlib import Path

from tests.fuzz.targets import TARGETS, mutate, shipped


def main() -> int:
    """Run until the time is over or something breaks."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="to run the same inputs again")
    parser.add_argument("--output", type=Path, default=Path("build/fuzz-failure"), help="where a failing input goes")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else time.time_ns() % 10**9
    chance, rounds, slowest = random.Random(seed), 0, 0.0
    shipped()
    until = time.monotonic() + options.seconds
    print(f"seed {seed}")
    while time.monotonic() < until:
        name = chance.choices(list(TARGETS), weights=(12, 6, 1))[0]
        seeds, check = TARGETS[name]
        octets = mutate(chance.choice(seeds), chance)
        started = time.thread_time()
        try:
            check(octets)
        except BaseException:
            options.output.parent.mkdir(parents=True, exist_ok=True)
            options.output.write_bytes(octets)
            print(f"{name} fails after {rounds} rounds; the input is in {options.output}")
            raise
        rounds += 1
        if name == "letter":
            slowest = max(slowest, time.thread_time() - started)
    print(f"{rounds} rounds, slowest letter {slowest * 1000:.0f} ms of CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
