"""How the tests write their letters: as real bytes, with CRLF."""

import base64
import io
import zipfile

from mailguard.core.part import Letter

SECRET = "Marjapuuro83"
"""The made-up password that every evasion tries to carry past the reader."""
LINE = f"Salasana: {SECRET}"
HEAD = (
    "From: Asiakaspalvelu <palvelu@operator.example>\n"
    "To: Matti <matti@post.example>\n"
    "Subject: Tilaus\n"
    "Date: Mon, 16 Nov 2026 09:00:00 +0200\n"
    "Message-ID: <1@operator.example>\n"
    "MIME-Version: 1.0\n"
)


def letter(text: str | bytes, head: str = HEAD) -> bytes:
    """A message: the usual header, then fields and body as given, with CRLF line ends."""
    body = text if isinstance(text, bytes) else text.encode()
    return (head.encode() + body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def b64(text: str | bytes) -> str:
    """Base64 in lines of 76."""
    return base64.encodebytes(text if isinstance(text, bytes) else text.encode()).decode()


def mixed(*parts: str, boundary: str = "edge") -> str:
    """A multipart/mixed body with its Content-Type field; each part brings its own fields."""
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n{body}--{boundary}--\n'


def attachment(name: str, data: bytes, media_type: str = "application/octet-stream") -> str:
    """A base64 attachment as a part for `mixed`."""
    return (
        f'Content-Type: {media_type}; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{b64(data)}"
    )


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def all_text(letter: Letter) -> str:
    """Every text of a letter."""
    return "\n".join(part.text for part in letter.parts)


def kinds(letter: Letter) -> set[str]:
    """Kinds of its troubles."""
    return {trouble.kind for trouble in letter.troubles}


def text_of(letter: Letter, path: str) -> str:
    """The text of the part of a path."""
    return next(part.text for part in letter.parts if part.path == path)
