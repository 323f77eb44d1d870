"""A weekly report that is due and did not go out."""

from collections.abc import Sequence

from mailguard.notices.troubles.trouble import begin, end, open_troubles
from mailguard.store.store import Store


def tell_overdue(store: Store, weeks: Sequence[str]) -> tuple[str, ...]:
    """Write to everybody with the role ops or admin, once for each week, and once more when it has gone out.

    To people and not to `report.to`: it may be what is wrong. Gives the weeks that were told of now. Raises StoreError.
    """
    for week in set(open_troubles(store, "report")) - set(weeks):
        end(store, "report", week, details={"week": week})
    return tuple(week for week in weeks if begin(store, "report", week, details={"week": week}))
