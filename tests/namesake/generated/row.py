"""A row of a customer file, as `csv.DictReader` gives it."""

Row = dict[str, str]


def same_home(one: Row, other: Row) -> bool:
    """Same dwelling, or a shared mailbox: not a stranger."""
    mailboxes = set(one["emails"].split(";")) & set(other["emails"].split(";"))
    return bool(mailboxes) or (one["street"], one["postcode"]) == (other["street"], other["postcode"])
