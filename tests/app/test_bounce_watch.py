"""What the next hop says of a recipient while mail passes."""

from pathlib import Path

from mailguard.app.entrance import open_entrance
from mailguard.app.wiring import open_guard
from mailguard.core.settings import Settings
from mailguard.customers.bounces import bounces
from mailguard.customers.importing import import_customers
from mailguard.relay.next_hop import NextHop
from tests.app.conftest import CUSTOMERS
from tests.support.dialogue import Dialogue
from tests.support.sink import Sink


def _answer(line: bytes) -> bytes:
    refused = b"kaisa@" in line.lower() or b"stranger@" in line
    return b"550 5.1.1 no such user\r\n" if refused else b"250 2.1.5 fine\r\n"


async def test_a_refused_address_on_record_is_noted_and_the_client_has_the_hops_answer(tmp_path: Path) -> None:
    """Only what stands on a customer's record is noted, once, for all customers; the dialogue is the next hop's."""
    settings = Settings.model_validate(
        {
            "smtp": {"listen": ["127.0.0.1:0"]},
            "store": {"database_url": f"sqlite:///{tmp_path}/guard.db", "key_file": tmp_path / "guard.key"},
        }
    )
    file = tmp_path / "customers.csv"
    file.write_text(CUSTOMERS, encoding="utf-8")
    async with Sink() as sink:
        sink.steps["rcpt"] = _answer
        next_hop = NextHop(settings.next_hop.model_copy(update={"port": sink.port}), "guard.example")
        with open_guard(settings, prove=False) as guard:
            import_customers(guard.store.engine, file, {}, lambda done, total: None)
            async with open_entrance(guard, next_hop, lambda tally: None) as door:
                for _ in range(3):
                    async with Dialogue(door.ports[0]) as client:
                        recipients = (b"Kaisa@post.example", b"stranger@post.example", b"matti.virtanen@post.example")
                        replies = await client.begin(b"clerk@operator.example", *recipients)
                        assert [reply[:9] for reply in replies[1:]] == [b"550 5.1.1", b"550 5.1.1", b"250 2.1.5"]
                        assert (await client.message(b"Subject: Hei\r\n\r\nHei.\r\n")).startswith(b"250")
            with guard.store.reading() as session:
                noted = [(bounce.address, bounce.customer_id, bounce.by) for bounce in bounces(session)]
        await next_hop.close()
    assert noted == [("Kaisa@post.example", None, "next hop")]
