"""Sealed bodies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.errors import StoreError
from mailguard.store.keys.sealing import Sealed, Sealer

SEALER = Sealer(b"k" * 32)


@given(st.binary(max_size=5000))
def test_seal_opens_to_the_same_bytes_and_shows_none_of_them(body: bytes) -> None:
    """Any body comes back to the byte; eight bytes or more of it never stand in what is stored."""
    sealed = SEALER.seal(body, case_id="MG-1", digest="d")
    assert SEALER.open(sealed, case_id="MG-1", digest="d") == body
    if len(body) >= 8:
        assert body not in sealed.sealed + sealed.wrapped_key


@pytest.mark.parametrize(("case_id", "digest"), [("MG-2", "d"), ("MG-1", "e")])
def test_body_of_another_case_does_not_open(case_id: str, digest: str) -> None:
    """A body that was swapped between rows is refused: it is bound to case and digest."""
    sealed = SEALER.seal(b"letter", case_id="MG-1", digest="d")
    with pytest.raises(StoreError, match="has been changed"):
        SEALER.open(sealed, case_id=case_id, digest=digest)


@given(st.integers(0, 10_000))
def test_every_flipped_bit_is_noticed(position: int) -> None:
    """No bit of the sealed body or of its wrapped key can be changed."""
    sealed = SEALER.seal(b"letter", case_id="MG-1", digest="d")
    together = bytearray(sealed.wrapped_key + sealed.sealed)
    together[position // 8 % len(together)] ^= 1 << position % 8
    cut = len(sealed.wrapped_key)
    with pytest.raises(StoreError):
        SEALER.open(Sealed(SEALER.key_id, bytes(together[:cut]), bytes(together[cut:])), case_id="MG-1", digest="d")


def test_other_key_is_named() -> None:
    """A store opened with the wrong key says so in one sentence."""
    sealed = SEALER.seal(b"letter", case_id="MG-1", digest="d")
    with pytest.raises(StoreError, match="sealed with key"):
        Sealer(b"x" * 32).open(sealed, case_id="MG-1", digest="d")
