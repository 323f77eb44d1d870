"""Rules that cannot be loaded while the guards serve."""

from collections.abc import Sequence

from sqlmodel import col, select

from mailguard.core.one_line import one_line
from mailguard.notices.troubles.trouble import begin, end
from mailguard.store.store import Store
from mailguard.store.tables.nodes import NodeRow

RULES_TROUBLE, RULES_WELL = "rules_trouble", "rules_well"
_LONGEST = 300


def tell_rules(store: Store, to: Sequence[str]) -> str | None:
    """Write to ops when a node keeps its last good rules, and once more when none does; never twice the same.

    Goes by what the nodes say of themselves (`store.nodes`), so any of them may call it, as often as it likes. Gives
    the kind of letter that was written, None when there was nothing to tell. Raises StoreError.
    """
    broken = select(NodeRow).where(NodeRow.rules_problem != "").order_by(col(NodeRow.name))
    with store.reading() as session:
        node = session.exec(broken.limit(1)).first()
    if node is None:
        return RULES_WELL if end(store, "rules", to=to) else None
    details = {"node": node.name, "problem": one_line(node.rules_problem, _LONGEST)}
    return RULES_TROUBLE if begin(store, "rules", to=to, details=details) else None
