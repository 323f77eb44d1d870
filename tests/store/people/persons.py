"""Somebody to log in."""

from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.store import Store


def add_anna(store: Store, role: Role = Role.SUPERVISOR) -> Person:
    """A user without a password: none of these tests types one."""
    return people.add_user(store, "anna", email="anna@operator.example", role=role, password=None)
