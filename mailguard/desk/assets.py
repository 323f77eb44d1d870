"""Files that browsers fetch beside a page: style sheets, scripts, the logo. None of them holds a secret."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_STATIC = Path(__file__).parent / "static"
_SHEETS = Path(__file__).parent / "sheets"
_DESK_SHEET = "desk.css"
_PARTS = "ground frame keys blocks login queue case letter deciding talking register incidents narrow".split()
"""The desk's own sheet in its order: of two rules of the same weight the later one counts."""
_FOR_READERS = re.compile(r"/\*.*?\*/\s*|(?<=[{};])\s+|\s+(?=[{}])", re.DOTALL)
"""Comments, and the white space around braces and behind a semicolon."""


def versions() -> dict[str, str]:
    """The address of each file, by its name. The digest in it lets browsers keep the file for good, and still fetch a
    new one at once."""
    files = {file.name: file.read_bytes() for file in _STATIC.iterdir()} | {_DESK_SHEET: _desk_sheet()}
    return {name: f"/static/{name}?v={sha256(content).hexdigest()[:12]}" for name, content in files.items()}


@cache
def _desk_sheet() -> bytes:
    # One file over the wire: a dozen requests cost more than what a page does not need of it.
    joined = "".join((_SHEETS / f"{part}.css").read_text(encoding="utf-8") for part in _PARTS)
    return _FOR_READERS.sub("", joined).encode()


class Assets(StaticFiles):
    """Serves them under /static."""

    def __init__(self) -> None:
        super().__init__(directory=_STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The joined sheet, or a file."""
        if path == _DESK_SHEET and scope["method"] in {"GET", "HEAD"}:
            return _kept(Response(_desk_sheet(), media_type="text/css"))
        return await super().get_response(path, scope)

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """A file that browsers may keep."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        return _kept(response)


def _kept(response: Response) -> Response:
    # Pages name the file with its digest, so a kept copy is never the wrong one.
    response.headers["cache-control"] = "public, max-age=31536000, immutable"
    # The frame with a letter's HTML has no origin of its own, so its sheet comes from elsewhere to it.
    response.headers["cross-origin-resource-policy"] = "cross-origin"
    return response
