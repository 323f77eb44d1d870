"""What a deployment says of its customer numbers: check digit, form, numbers that hold them, paths of links."""

from pathlib import Path

import pytest

from mailguard.core.errors import RulesError
from mailguard.namesake.checkdigits import CHECKS
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns

RULES = Path(__file__).parents[2] / "rules"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ("none", "1", ""),
        ("luhn", "79927398713", "79927398710"),
        ("mod11", "1234560", "1234561"),
        ("mod11", "6X", "60"),
        ("mod11_2", "079X", "0791"),
        ("mod11_10", "794623", "794624"),
        ("mod97", "99991234567890121477", "99991234567890121478"),
        ("iban", "FI2112345600000785", "FI2212345600000785"),
        ("verhoeff", "1234567890120", "1234567890121"),
        ("damm", "5724", "5725"),
    ],
)
def test_check_digits(check: str, good: str, bad: str) -> None:
    """Each method takes a number of its own and refuses one with a slip."""
    assert CHECKS[check](good)
    assert check == "none" or not CHECKS[check](bad)


@pytest.mark.parametrize("check", [name for name in CHECKS if name != "none"])
@pytest.mark.parametrize("number", ["", "A", "X", "Ä1", "1X2", "0"])
def test_odd_numbers_raise_nothing(check: str, number: str) -> None:
    """What is no number at all has no check digit, and breaks nothing."""
    assert CHECKS[check](number) in (True, False)


def _loaded(folder: Path, text: str) -> IdentifierPatterns:
    (folder / "identifiers.yaml").write_text(text, encoding="utf-8")
    return IdentifierPatterns.load([RULES, folder])


def test_form_and_check_digit(tmp_path: Path) -> None:
    """Only a number of the form, with the right check digit, can be a customer's."""
    patterns = _loaded(tmp_path, "check: luhn\nform: '\\d{11}'\n")
    assert patterns.can_be_number("79927398713")
    assert not patterns.can_be_number("79927398710")
    assert not patterns.can_be_number("18")


def test_the_last_file_decides(tmp_path: Path) -> None:
    """The shipped file says none, and so does a later one that takes an earlier one back."""
    first, second = tmp_path / "1", tmp_path / "2"
    for folder, check in ((first, "luhn"), (second, "none")):
        folder.mkdir()
        (folder / "identifiers.yaml").write_text(f"check: {check}\n", encoding="utf-8")
    assert not IdentifierPatterns.load([RULES, first]).can_be_number("79927398710")
    assert IdentifierPatterns.load([RULES, first, second]).can_be_number("79927398710")


def test_order_numbers_hold_the_customers(tmp_path: Path) -> None:
    """A deployment whose orders begin with the customer's number says so, and proves it by an example."""
    patterns = _loaded(
        tmp_path,
        "order_ids: ['\\bORD-(\\d{7})-\\d+']\nexamples: [{text: 'ORD-2041187-3 is packed', order_id: ['2041187']}]\n",
    )
    assert patterns.customers_of_orders(Text.from_string("ORD-2041187-3, ORD-2041187-4, ORD-204-1")) == ["2041187"]


def test_paths_of_links() -> None:
    """A link that leads to a customer's page names that customer; a page about customers does not."""
    patterns = IdentifierPatterns.load([RULES])
    assert patterns.customer_ids(Text.from_string("https://my.operator.example/kunden/4012345678/x")) == ["4012345678"]
    assert patterns.customer_ids(Text.from_string("https://my.operator.example/kunden/ueberblick")) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("check: crc32", "check"),
        ("check: [luhn]", "check"),
        ("form: '('", "form"),
        ("form: '(?=7)'", "form"),
        ("order_ids: ['ORD-\\d+']", "order_ids"),
        ("order_ids: ['(a)(b)']", "order_ids"),
        ("order_ids: ['(']", "order_ids"),
        ("order_ids: x", "order_ids"),
        ("examples: [{text: 'ORD-1', order_id: ['1']}]", "examples[0].order_id"),
    ],
)
def test_broken_values_are_refused(text: str, key: str, tmp_path: Path) -> None:
    """Each names the file and the key."""
    with pytest.raises(RulesError) as caught:
        _loaded(tmp_path, text)
    assert (caught.value.key, caught.value.file) == (key, tmp_path / "identifiers.yaml")
