"""`mailguard customers confirm` and `mailguard customers bounced`: what is known of addresses on record."""

import json
from typing import Annotated

import typer
from rich.table import Table

from mailguard.app.commands.on_record import known_id
from mailguard.app.console import ConfigOption, Format, FormatOption, out, settings_of, told
from mailguard.cases.addresses.confirming import ask_confirmation
from mailguard.core.address import is_plain
from mailguard.core.errors import InputError
from mailguard.customers.bounces import bounce, bounces, revoke
from mailguard.customers.confirmations import Asked, states
from mailguard.store.store import Store, open_store

_BY = "command line"


def confirm(
    address: Annotated[str | None, typer.Argument(metavar="ADDRESS", help="An address on record.")] = None,
    customer: Annotated[str | None, typer.Option(metavar="ID", help="The customer whose address it is.")] = None,
    pending: Annotated[
        bool, typer.Option("--pending", help="List the questions and their answers instead, latest first.")
    ] = False,
    format_: FormatOption = Format.TEXT,
    config: ConfigOption = None,
) -> None:
    """Ask an address by letter whether it is its customer's.

    The letter names nobody. Its reader answers on a page, with a code: "yes" makes the address confirmed, "this is not
    me" has every message about that customer to it held. A running guard sends the letter; nothing is sent from here.
    """
    with told():
        settings = settings_of(config)
        with open_store(settings.store) as store:
            if pending:
                _print_questions(_questions(store, address, customer), format_)
                return
            if address is None or customer is None:
                raise InputError("give ADDRESS and --customer ID, or --pending for the list")
            number = known_id(store, customer)
            question = ask_confirmation(store, settings, address, number, _BY)
    if format_ is Format.JSON:
        typer.echo(json.dumps({"question": question, "address": address, "customer": number}))
    else:
        out.print(f"question {question}: {address} will be asked", soft_wrap=True)


def bounced(
    address: Annotated[str | None, typer.Argument(metavar="ADDRESS", help="The address; without it: list all.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="For this customer only; else for whoever has it.")
    ] = None,
    works: Annotated[bool, typer.Option("--revoke", help="The address works again.")] = False,
    config: ConfigOption = None,
) -> None:
    """Note that mail to an address comes back: from now on it counts as unconfirmed. Without an address: list them.

    What the mail server says of addresses on record (5.1.1, 5.1.10, 5.2.1) is noted by itself.
    """
    with told(), open_store(settings_of(config).store) as store:
        if address is None:
            _print_bounces(store)
            return
        if not is_plain(address):
            raise InputError(f"{address!r} is no plain mail address")
        number = known_id(store, customer) if customer is not None else None
        told_so = _take_back(store, address) if works else _note(store, address, number)
    out.print(told_so, soft_wrap=True)


def _note(store: Store, address: str, customer: str | None) -> str:
    now = store.clock()
    with store.writing() as session:
        if not bounce(session, address, customer, _BY, now):
            return f"{address} is noted as bouncing already"
        details = {"address": address, "customer": customer}
        store.audit.append(session, "address bounces", actor=_BY, at=now, details=details)
    return f"{address} bounces"


def _take_back(store: Store, address: str) -> str:
    now = store.clock()
    with store.writing() as session:
        if not revoke(session, address, _BY, now):
            raise InputError(f"{address} is not noted as bouncing")
        store.audit.append(session, "address works again", actor=_BY, at=now, details={"address": address})
    return f"{address} works again"


def _print_bounces(store: Store) -> None:
    with store.reading() as session:
        standing = bounces(session)
    table = Table("address", "customer", "by", "since", box=None, pad_edge=False)
    for row in standing:
        table.add_row(row.address, row.customer_id or "any", row.by, f"{row.at:%Y-%m-%d %H:%M}")
    out.print(table if standing else "no address is noted as bouncing")


def _questions(store: Store, address: str | None, customer: str | None) -> list[Asked]:
    with store.reading() as session:
        return states(session, store.clock(), address=address, customer_id=customer)


def _print_questions(questions: list[Asked], format_: Format) -> None:
    if format_ is Format.JSON:
        typer.echo(json.dumps({"questions": [_described(question) for question in questions]}))
        return
    table = Table("no", "address", "customer", "asked", "by", "state", "answered or until", box=None, pad_edge=False)
    for question in questions:
        asked, end = f"{question.at:%Y-%m-%d %H:%M}", question.answered_at or question.expires_at
        table.add_row(
            str(question.id), question.address, question.customer_id, asked, question.by, question.state,
            f"{end:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    out.print(table if questions else "no question has been asked")


def _described(question: Asked) -> dict[str, object]:
    return {
        "question": question.id,
        "address": question.address,
        "customer": question.customer_id,
        "state": question.state,
        "asked_by": question.by,
        "asked_at": question.at.isoformat(),
        "expires_at": question.expires_at.isoformat(),
        "answered_at": question.answered_at.isoformat() if question.answered_at else None,
    }
