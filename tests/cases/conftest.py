"""People and cases of this room's tests."""

import pytest

from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.store import Store


def add(store: Store, name: str, role: Role, *aliases: str) -> Person:
    """A user `name@operator.example`."""
    email = f"{name}@operator.example"
    # Nobody logs in here: without a password to hash, adding somebody costs nothing.
    return people.add_user(store, name, email=email, role=role, password=None, aliases=aliases)


@pytest.fixture
def supervisor(any_store: Store) -> Person:
    """Somebody who may decide, and is not the sender."""
    return add(any_store, "sofia", Role.SUPERVISOR)
