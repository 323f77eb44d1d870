"""`python -m tests.evaluate`: what is found in letters, and whether they go to the right people.

`--wrong` lists what went wrong (of the labelled letters the tuning half only).
"""

import argparse
from collections import defaultdict
from pathlib import Path

from mailguard.core.finding import CREDENTIALS, FindingKind
from mailguard.core.part import Letter
from mailguard.detect.detector import Detector
from mailguard.detect.people import count_people
from tests.evaluate.cases import Case, letter_of, own_cases, shared_cases
from tests.namesake.generated.run import run
from tests.namesake.hard.score import score

HELD = CREDENTIALS | {
    FindingKind.ONE_TIME_CODE,
    FindingKind.PAYMENT_CARD,
    FindingKind.NATIONAL_ID,
    FindingKind.IDENTITY_DOCUMENT,
}
BULK = 3
"""Data subjects from which a letter counts as bulk personal data here."""


def would_hold(detector: Detector, letter: Letter) -> bool:
    """Whether content alone would hold it: a credential, a strong id, an account with a birth date, or bulk."""
    findings = detector.find(letter)
    kinds = {finding.kind for finding in findings}
    bundle = {FindingKind.IBAN, FindingKind.BIRTH_DATE} <= kinds
    return bool(kinds & HELD) or bundle or count_people(letter, findings) >= BULK


def main() -> None:
    """Print finding, hard cases of wrong recipients, and letters made from a register."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list what went wrong")
    parser.add_argument("--customers", type=int, default=5000, help="size of the made-up register (5000)")
    parser.add_argument("--register", help="a customer file to be used instead of a made-up one")
    parser.add_argument("--about", type=int, default=100, help="how many customers get a letter of each shape (100)")
    given = parser.parse_args()
    evaluate_finding(show_wrong=given.wrong)
    print("\n" + "\n".join(score(show_wrong=given.wrong)))
    run(given.customers, given.register, given.about, show_wrong=given.wrong)


def evaluate_finding(*, show_wrong: bool) -> None:
    """Recall and precision of credentials and personal data, per language."""
    detector = Detector.load([Path(__file__).parents[2] / "rules"])
    cells: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for case in (*own_cases(), *shared_cases()):
        got = would_hold(detector, letter_of(case))
        half = _half(case)
        index = (0 if got else 1) if case.hold else (2 if got else 3)
        for language in (case.language, "all"):
            cells[half, language][index] += 1
        if show_wrong and got != case.hold and not case.kept:
            _print_wrong(case)
    print(f"{'cases':<20}{'lang':<6}{'hold':>6}{'pass':>6}{'recall':>9}{'precision':>11}{'false':>7}")
    for (half, language), (hit, miss, false, right) in sorted(cells.items()):
        recall = hit / (hit + miss) if hit + miss else 1
        precision = hit / (hit + false) if hit + false else 1
        print(f"{half:<20}{language:<6}{hit + miss:>6}{false + right:>6}{recall:>9.3f}{precision:>11.3f}{false:>7}")


def _half(case: Case) -> str:
    """What the case counts under: its set, and which half of it."""
    if case.kept:
        return f"{case.source}, kept back"
    return f"{case.source}, tuned on" if case.source in {"own", "own 4", "own 7"} else case.source


def _print_wrong(case: Case) -> None:
    print(
        f"--- {'MISSED' if case.hold else 'FALSE'} {case.source} {case.language} {case.layout} #{case.number}\n"
        f"{case.text}"
    )


if __name__ == "__main__":
    main()
