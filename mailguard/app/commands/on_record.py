"""Customer numbers as people type them."""

from mailguard.core.errors import InputError
from mailguard.customers.register import Register
from mailguard.store.store import Store


def known_id(store: Store, typed: str) -> str:
    """The number as it stands on record: what is written down under another spelling would never be found again.

    Raises InputError where there is no such customer.
    """
    found = Register(store.engine).by_id(typed)
    if found is None:
        raise InputError(f"there is no customer {typed} on record")
    return found.customer_id
