"""What letters are learned from, and that learning does what it says."""

from pathlib import Path

import pytest

from tests.learn.letters import SNIPPETS, embed, read_snippet
from tests.learn.places import Place, Teacher

RULES = Path(__file__).parents[2] / "rules"


def test_marks_are_taken_out_of_a_snippet() -> None:
    """What stands between the marks is the secret, and its place is that in the text without them."""
    letter, spans, _ = read_snippet(r"Gate ⟦4471⟧\nand shed ⟦2580⟧.")
    body = letter.parts[-1].text
    assert body == "Gate 4471\nand shed 2580."
    assert [body[start:end] for _, start, end in spans or ()] == ["4471", "2580"]


def test_a_snippet_may_begin_with_its_subject() -> None:
    """The subject is a part of its own, as it is where letters are read, and a secret may stand there."""
    letter, spans, _ = read_snippet(r"Subject: Gate ⟦4471⟧\n\nHello,\nit is ⟦4471⟧.")
    texts = {part.path: part.text for part in letter.parts}
    assert texts == {"subject": "Gate 4471", "body.1": "Hello,\nit is 4471."}
    assert [(path, texts[path][start:end]) for path, start, end in spans or ()] == [
        ("subject", "4471"),
        ("body.1", "4471"),
    ]


def test_a_snippet_stands_behind_the_greeting() -> None:
    """It gets a greeting, other lines and a closing, so that these are no sign of letters without secrets."""
    assert embed("Gate ⟦4471⟧", r"Hello\n\nInvoice 12\n\nAnna") == r"Hello\n\nGate ⟦4471⟧\n\nInvoice 12\n\nAnna"
    assert embed(r"Subject: Gate\n\n⟦4471⟧", r"Hello\n\nAnna") == r"Subject: Gate\n\nHello\n\n⟦4471⟧\n\nAnna"


@pytest.mark.parametrize("file", sorted(SNIPPETS.rglob("*.txt")), ids=lambda file: str(file.relative_to(SNIPPETS)))
def test_snippets_are_whole(file: Path) -> None:
    """Every mark has its other half, and no line is empty."""
    for line in file.read_text(encoding="utf-8").splitlines():
        assert line.strip()
        assert line.count("⟦") == line.count("⟧")


def test_secrets_are_told_from_other_numbers() -> None:
    """The teacher marks the value that the snippet marks, and no other one beside it."""
    teacher = Teacher(RULES)
    letter, spans, _ = read_snippet("The gate opens with ⟦4471⟧, order 90217.")
    places = teacher.places(letter, spans or ())[str(RULES / "credentials" / "weights.tsv")]
    assert [place.is_secret for place in places] == [True, False]
    assert "1with" in places[0].keys
    assert "1order" in places[1].keys


def test_what_stands_by_secrets_gets_weight() -> None:
    """A word that stands before secrets only speaks for one, and one that stands before other numbers against it."""
    pytest.importorskip("sklearn")
    from tests.learn.__main__ import learn

    secret, other = Place(("1with", "#4"), True), Place(("1order", "#4"), False)
    weights = learn([(secret, other)] * 20)
    assert weights["1with"] > 0.5
    assert weights["1order"] < -0.5
    assert abs(weights["#4"]) < 0.5
