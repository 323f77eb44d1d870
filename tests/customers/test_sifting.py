"""What a source's rows are to the register and to each other."""

from hypothesis import given
from hypothesis import strategies as st

from mailguard.customers.known import KnownRows, Sight

IDS = st.integers(0, 40).map(str)


@given(st.dictionaries(IDS, st.binary(min_size=1, max_size=2)), st.lists(st.tuples(IDS, st.binary(max_size=2))))
def test_known_rows_answer_as_a_dictionary_would(register: dict[str, bytes], rows: list[tuple[str, bytes]]) -> None:
    """Same, other, again and missing, for whatever is on record and in whatever order a source names it."""
    known = KnownRows()
    known.learn(register.items())
    seen: set[str] = set()
    for customer_id, row_hash in rows:
        wanted = Sight.AGAIN if customer_id in seen else Sight.OTHER
        if customer_id not in seen and register.get(customer_id) == row_hash:
            wanted = Sight.SAME
        assert known.see(customer_id, row_hash) is wanted
        seen.add(customer_id)
    assert {one for one in register if known.is_missing(one)} == register.keys() - seen


def test_known_rows_grow() -> None:
    """A register larger than was expected, with everybody in it told apart."""
    known = KnownRows(10)
    known.learn((str(number), b"one") for number in range(20_000))
    assert all(known.see(str(number), b"one") is Sight.SAME for number in range(0, 20_000, 2))
    assert sum(known.is_missing(str(number)) for number in range(20_000)) == 10_000


def test_a_bad_row_names_its_customer_and_gives_way_to_the_next() -> None:
    """The customer is not missing; his next row is the first, and no longer the same as any on record."""
    known = KnownRows()
    known.learn([("7", b"row")])
    assert known.see("7", b"odd") is Sight.OTHER
    known.was_bad("7")
    assert not known.is_missing("7")
    assert known.see("7", b"row") is Sight.OTHER
    assert known.see("7", b"row") is Sight.AGAIN
