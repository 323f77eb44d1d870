"""Likeness of names, and of addresses to names and to one another."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.customer import Customer
from mailguard.customers.keys import fold, units
from mailguard.namesake.mentions import Names, find_names, name_keys
from mailguard.namesake.names import SAME_NAME, FullName, Likeness, compare, compare_customers, share_last_name
from mailguard.namesake.nearby import NamesNear, _fit
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.resemblance import is_near_domain, is_near_local, skeleton, spells_name


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        (("Jari", "Koskela"), ("Jari", "Koskela"), Likeness.EQUAL),
        (("Jürgen", "Weiß"), ("Juergen", "WEISS"), Likeness.EQUAL),
        (("Katarzyna", "Lis"), ("Kasia", "Lis"), Likeness.NICKNAME),
        (("Mikael", "Lindqvist"), ("Mikael", "Lindkvist"), Likeness.ONE_LETTER),
        (("Anna", "Salo-Mäki"), ("Anna", "Salo"), Likeness.PART),
        (("Anna Liisa", "Salo"), ("Liisa", "Salo"), Likeness.PART),
        (("J", "Koskela"), ("Jari", "Koskela"), Likeness.INITIAL),
        (("Koskela", "Jari"), ("Jari", "Koskela"), Likeness.EQUAL),
        (("Jan", "van der Berg"), ("Jan", "Berg, van der"), Likeness.EQUAL),
    ],
)
def test_the_same_name(one: tuple[str, str], other: tuple[str, str], how: Likeness) -> None:
    """Spellings, nicknames, one letter, parts and initials are the same name, and it is said why."""
    match = compare(FullName.of(*one), FullName.of(*other))
    assert match.how is how
    assert match.score >= SAME_NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Jari", "Koskela"), ("Jari", "Niemelä")),
        (("Jari", "Koskela"), ("Pirjo", "Koskela")),
        (("J", "Koskela"), ("Jari Matti", "Koskela")),
        (("Bo", "Ek"), ("Bo", "Ed")),
        (("Jari", ""), ("Jari", "")),
    ],
)
def test_another_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    """One equal half does not make a namesake; an initial does not with a full name left over."""
    assert compare(FullName.of(*one), FullName.of(*other)).score < SAME_NAME


NAMES = st.text(alphabet="abcdeäöåłńß -'", max_size=12)


@given(NAMES, NAMES, NAMES, NAMES)
def test_likeness_is_mutual(a: str, b: str, c: str, d: str) -> None:
    """Comparing is symmetric and between 0 and 1."""
    one, other = FullName.of(a, b), FullName.of(c, d)
    assert compare(one, other).score == compare(other, one).score
    assert 0 <= compare(one, other).score <= 1


def test_former_names_count() -> None:
    """A namesake under the name before the wedding is a namesake."""
    married = Customer("1", "Eva", "Holm", former_names=("Lind",))
    assert compare_customers(married, Customer("2", "Eva", "Lind")).score == 1.0
    assert (
        compare_customers(Customer("3", "Eva", "Ny", former_names=("Eva Lind",)), Customer("2", "Eva", "Lind")).score
        == 1.0
    )


def test_polish_couples_share_a_last_name() -> None:
    """Kowalski and Kowalska are one family's name; Virtanen and Korhonen are not."""
    assert share_last_name(Customer("1", "Jan", "Zimiński"), Customer("2", "Ewa", "Zimińska"))
    assert not share_last_name(Customer("1", "Jan", "Zimiński"), Customer("2", "Ewa", "Zielińska"))


@pytest.mark.parametrize(
    "address",
    [
        "pekka.salminen",
        "salminen.pekka",
        "pekkasalminen",
        "psalminen77",
        "p.salminen",
        "salminen_p",
        "pekka-salminen1970",
        "pete.salminen",
        "PEKKA.SALMINEN",
    ],
)
def test_the_name_is_spelt(address: str) -> None:
    """The usual ways of making an address of a name."""
    assert spells_name(f"{address}@anywhere.example", Customer("1", "Pekka", "Salminen"))


@pytest.mark.parametrize(
    "address", ["salminen", "pekka", "pekka.salonen", "info", "blue1970", "sal.minen.pekka.oy", "@", ""]
)
def test_the_name_is_not_spelt(address: str) -> None:
    """Half a name is not a name."""
    assert not spells_name(f"{address}@anywhere.example", Customer("1", "Pekka", "Salminen"))


@pytest.mark.parametrize(
    "domain", ["gmial.com", "gmai.com", "gmaill.com", "gmail.con", "gmail.fi", "gnail.com", "gmail.co"]
)
def test_near_domains(domain: str) -> None:
    """One slip, or another ending."""
    assert is_near_domain(domain, "gmail.com")
    assert is_near_domain("gmail.com", domain)


@pytest.mark.parametrize("domain", ["gmail.com", "hotmail.com", "mail.com.example", "", "com"])
def test_other_domains(domain: str) -> None:
    """Equal or far apart is not near."""
    assert not is_near_domain(domain, "gmail.com")


def test_near_locals() -> None:
    """Short local parts must be nearer than long ones."""
    assert is_near_local("matti.salo1", "matti.salo2")
    assert is_near_local("matti.salo", "mati.sallo")
    assert not is_near_local("anna", "asta")
    assert not is_near_local("ab", "ac")


@given(st.text(max_size=80))
def test_skeleton_never_fails(text: str) -> None:
    """Whatever comes over the wire looks like something."""
    assert isinstance(skeleton(text), str)


def test_skeletons_of_look_alikes() -> None:
    """Cyrillic letters, zero for o, rn for m, and the punycode of all that."""
    assert skeleton("anna@gmаil.com") == skeleton("anna@gmail.com") == skeleton("anna@xn--gmil-63d.com")
    assert skeleton("t0m.burns@web.de") == skeleton("tom.bums@web.de")
    assert skeleton("anna@web.de") != skeleton("anne@web.de")


def test_no_fitting_name_is_passed_over() -> None:
    """Whoever's name fits a word beside a place, as written, inflected or as a nickname, is looked at closely there."""
    words = "Kowalski Kowalskiego Virtanen Virtasen Kasia Katarzyna Paweł Pawle Li Bo Bosse Ida Ira Öberg Mari".split()
    patterns = IdentifierPatterns.load([Path(__file__).parents[2] / "rules"])
    fitting = 0
    for word in words:
        near = NamesNear.of(Text.from_string(f"hos {word}, Storgatan 5"), 20, 21, None, patterns)
        for name in words:
            (unit,) = units(name)
            if _fit(fold(word), (unit,)):
                fitting += 1
                bearer = Customer("1", name, "Xyzzy")
                assert near._may_name(bearer), (word, name)
    assert fitting > len(words)


_PIECES = st.sampled_from("Anna Kaija van de Öberg Mueller-Korhonen öberg Li Maria O'Neil 5 , . \n x".split(" "))


@given(st.lists(_PIECES, max_size=12), _PIECES, _PIECES, st.sampled_from(["", "Anna Li", "Kaija"]))
def test_no_name_that_stands_near_is_passed_over(text: list[str], first: str, last: str, former: str) -> None:
    """A customer's name stands near a place exactly where one of its keys is made of the words there."""
    names = Names(Text.from_string(f"{'.' * 500} {' '.join(text)}"), None)
    customer = Customer("1", f"{first} Maria", last, (former,) if former else ())
    made = find_names(" ".join(text))
    assert (
        names.have_near(customer, [500])
        == names.have_with(customer, [500])
        == (not made.isdisjoint(name_keys(customer)))
    )
