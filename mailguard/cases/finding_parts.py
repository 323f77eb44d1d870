"""The parts of a letter that the stored findings of its case name."""

import re
from typing import Any

from mailguard.core.part import Letter, Part
from mailguard.message.fields import name_in_path, told_fields

_NAMED = re.compile(r"(?P<place>attachment\.[\d.]+):(?P<name>.*?)(?P<reading>#[a-z]+)?(?:~\d+)?", re.DOTALL)
"""A path as versions before 0004 stored it, with the names of files: `attachment.2:list.zip/prices.csv#table`."""

_FIELD = re.compile(r"header\.(?P<section>(?:\d+\.)*)(?P<name>[^~#]+)(?:[~#].*)?", re.DOTALL)
"""A path of a header field as versions before 0007 stored it, with any name: `header.x-customer`."""


def part_of(letter: Letter, finding: dict[str, Any]) -> Part | None:
    """The part that a finding stands in; None when the letter has none such."""
    path = finding["part"]
    exact = next((part for part in letter.parts if part.path == path), None)
    if exact is not None:
        return exact
    if field := _FIELD.fullmatch(path):
        return _look_up_field(letter, field)
    named = _NAMED.fullmatch(path)
    return _look_up(letter, named) if named else None


def _look_up_field(letter: Letter, named: re.Match[str]) -> Part | None:
    place = name_in_path("")
    of_place = [part for part in letter.parts if re.fullmatch(rf"header\.{named['section']}{place}(~\d+)?", part.path)]
    # The names of a body part's fields are not kept; those of the message are, in their order.
    others = [name for name, _ in told_fields(letter.headers) if name_in_path(name) != name]
    at = others.index(named["name"]) if not named["section"] and named["name"] in others else 0
    return of_place[at] if at < len(of_place) else None


def _look_up(letter: Letter, named: re.Match[str]) -> Part | None:
    place, name, reading = named["place"], named["name"], named["reading"] or ""
    of_place = [part for part in letter.parts if re.split("[/#~]", part.path)[0] == place]
    alike = [part for part in of_place if "".join(re.findall("#[a-z]+", part.path)) == reading] or of_place
    # The innermost name ends the path; a sheet's name is no file's, and then the place has to do.
    of_name = [part for part in alike if part.file_name and name.endswith(part.file_name[:100])]
    return next(iter(of_name or alike), None)
