"""Acts of several threads at one moment."""

import threading
from collections.abc import Callable, Sequence


def do_together(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of them at the same moment; what each gave or raised, in the order in which they ended."""
    outcomes: list[object] = []
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
