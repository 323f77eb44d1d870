"""The figures of made letters as lines of text."""

from collections import Counter
from collections.abc import Iterator

from tests.namesake.generated.measure import Outcome, Tally, interval


def printed(outcome: Outcome) -> Iterator[str]:
    """A table by shape, by how well the customer is known, and by language; then what was missed, and the cost."""
    head = f"{'letters':30}{'number':>8}{'identified':>11}{'else':>7}{'wrong':>8}{'recall':>9}{'if found':>9}"
    yield head + f"{'right':>9}{'false holds (95 %)':>30}{'asked':>7}{'ms p50':>8}{'p99':>7}"
    for group in ("shape", "known", "language"):
        for (of, name), tally in outcome.tallies.items():
            if of == group:
                yield _line(name, tally, outcome.costs.get(name) if group == "shape" else None)
        yield ""
    everything = [cost for costs in outcome.costs.values() for cost in costs]
    half, late = _share(everything, 0.5), _share(everything, 0.99)
    yield f"identify and relate, CPU ms a letter to one recipient: p50 {half:.3f}, p99 {late:.3f}"
    for (of, name), tally in outcome.tallies.items():
        if of == "known":
            missed = tally.wrong - tally.caught
            yield f"{name}: missed {_counted(missed, tally.wrong)}; held though right {_counted(tally.held)}"


def _line(name: str, tally: Tally, costs: list[float] | None) -> str:
    wrong, caught, held = tally.wrong.total(), tally.caught.total(), tally.held.total()
    low, high = interval(held, tally.right)
    line = f"{name:30}{tally.letters:>8}{tally.identified / max(1, tally.letters):>11.2%}"
    line += f"{tally.somebody_else / max(1, tally.letters):>7.2%}{wrong:>8}"
    line += f"{caught / wrong:>9.3%}" if wrong else f"{'':>9}"
    line += f"{tally.caught_identified / tally.wrong_identified:>9.3%}" if tally.wrong_identified else f"{'':>9}"
    line += (
        f"{tally.right:>9}{f'{held} = {held / max(1, tally.right):.3%} ({low:.3%} to {high:.3%})':>30}{tally.asked:>7}"
    )
    return line + (f"{_share(costs, 0.5):>8.3f}{_share(costs, 0.99):>7.2f}" if costs else "")


def _share(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _counted(counter: Counter[str], of: Counter[str] | None = None) -> str:
    kinds = [f"{kind} {n}{f' of {of[kind]}' if of else ''}" for kind, n in counter.most_common(8) if n]
    return ", ".join(kinds) or "none"
