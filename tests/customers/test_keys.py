"""Folding of names, numbers and streets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.customers import keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mueller"),
        ("Müller", "MULLER"),
        ("Björk", "Bjoerk"),
        ("Łukasz", "Lukasz"),
        ("Weiß", "Weiss"),
        ("Ærø", "Aero"),
    ],
)
def test_spellings_fold_together(one: str, other: str) -> None:
    """Diacritics, umlauts spelt out and capitals are one."""
    assert keys.fold(one) == keys.fold(other)


def test_units_drop_particles() -> None:
    """Dutch tussenvoegsels are not part of the key, except where nothing else is left."""
    assert keys.units("van der Berg-Korhonen") == ("berg", "korhonen")
    assert keys.units("d'Hondt") == ("hondt",)
    assert keys.units("De") == ("de",)


@pytest.mark.parametrize(
    ("street", "key"),
    [
        ("Mannerheimintie 12 A 5", "mannerheimintie 12"),
        ("ul. Lipowa 4/7", "lipowa 4"),
        ("Kerklaan 15 bis", "kerklaan 15"),
        ("Kerklaan 15bis", "kerklaan 15"),
        ("12 Harbour Row", "12 harbour row"),
        ("", ""),
    ],
)
def test_street_key(street: str, key: str) -> None:
    """Street and house number, without flat and staircase."""
    assert keys.street_key(street) == key


@given(st.text(max_size=60), st.text(max_size=60))
def test_keys_never_fail(one: str, other: str) -> None:
    """Whatever stands in a file or a letter has a key, and a full name's key does not depend on the order."""
    assert keys.name_key(one, other) == keys.name_key(other, one)
    assert keys.fold(keys.fold(one)) == keys.fold(keys.fold(keys.fold(one)))
    for function in (keys.id_key, keys.national_key, keys.street_key, keys.postcode_key):
        assert isinstance(function(one), str)
    keys.other_name_keys(one, other, (one,))
