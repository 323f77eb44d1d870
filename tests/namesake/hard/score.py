"""How many of the hard cases come out as the supervisor says, by file."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.namesake.hard.case import FOLDER, hard_cases
from tests.namesake.hard.guard import hard_guard, judge, misjudged


def score(folder: Path = FOLDER, *, show_wrong: bool = False) -> Iterator[str]:
    """A line a file: recipients held of those to be held, passed of those to be passed; with `show_wrong` each slip."""
    wanted: Counter[tuple[str, str]] = Counter()
    got: Counter[tuple[str, str]] = Counter()
    files: list[str] = []
    with tempfile.TemporaryDirectory() as temporary, hard_guard(Path(temporary)) as guard:
        for case in hard_cases(folder):
            judgement = judge(guard, case)
            for recipient in judgement.recipients:
                verdict = case.wanted[recipient.address][1]
                for file in (case.file, "all"):
                    wanted[file, verdict] += 1
                    got[file, verdict] += recipient.verdict.value == verdict
            if case.file not in files:
                files.append(case.file)
            if show_wrong:
                yield from (f"--- {case.file}: {case.name}: {line}" for line in misjudged(judgement, case))
    yield f"{'hard cases':<16}{'held':>14}{'passed':>14}"
    for file in (*files, "all"):
        yield f"{file:<16}" + "".join(f"{f'{got[file, v]} of {wanted[file, v]}':>14}" for v in ("hold", "pass"))
