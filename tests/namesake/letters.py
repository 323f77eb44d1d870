"""Letters for this room's tests, as `message/` hands them over."""

from mailguard.core.part import Letter, Part, PartRole


def letter(text: str, *, subject: str = "", customer_header: str | None = None) -> Letter:
    """A letter of one body part."""
    headers = (("X-Customer-Id", customer_header),) if customer_header is not None else ()
    parts = (Part("subject", PartRole.SUBJECT, subject), Part("body.1", PartRole.BODY, text))
    return Letter(subject=subject, message_id="<1@sender.example>", headers=headers, parts=parts)
