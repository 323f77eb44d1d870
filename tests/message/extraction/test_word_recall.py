"""Words of documents as LibreOffice writes them: of every format at least 95 in a hundred are read, wherever they
stand."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mailguard.core.part import Letter
from tests.message.writing import all_text

SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in {
        "office": "office", "style": "style", "text": "text", "table": "table", "draw": "drawing",
        "svg": "svg-compatible", "meta": "meta",
    }.items()
)  # fmt: skip
WORDS = [f"sana{number}x" for number in range(400)]
BESIDE = "otsikko ylätunniste alatunniste poistettu kommentti alaviite loppuviite kehys kuvio linkkiteksti".split()
"""Title, head, foot, deleted, comment, notes at the foot and at the end, text box, shape, link."""
UNPRINTED = {"kommentti"}
"""What a page shows to nobody."""
WHO = "<dc:creator>A</dc:creator><dc:date>2026-01-01T00:00:00</dc:date>"


def flat_document() -> str:
    """A text document in one file of XML, with words in every place that has room for them."""
    notes = "".join(
        f'<text:note text:note-class="{kind}"><text:note-citation>1</text:note-citation>'
        f"<text:note-body><text:p>{word}</text:p></text:note-body></text:note>"
        for kind, word in (("footnote", "alaviite"), ("endnote", "loppuviite"))
    )
    cells = (f"<table:table-cell><text:p>{word}</text:p></table:table-cell>" for word in WORDS[200:])
    rows = "".join(f"<table:table-row>{cell}{next(cells)}</table:table-row>" for cell in cells)
    size = 'text:anchor-type="paragraph" svg:width="6cm" svg:height="2cm"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {SPACES} office:version="1.3" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'office:mimetype="application/vnd.oasis.opendocument.text">'
        "<office:meta><dc:title>otsikko</dc:title></office:meta>"
        '<office:automatic-styles><style:page-layout style:name="l"><style:header-style/><style:footer-style/>'
        "</style:page-layout></office:automatic-styles><office:master-styles>"
        '<style:master-page style:name="Standard" style:page-layout-name="l">'
        "<style:header><text:p>ylätunniste</text:p></style:header>"
        "<style:footer><text:p>alatunniste</text:p></style:footer></style:master-page></office:master-styles>"
        '<office:body><office:text><text:tracked-changes><text:changed-region text:id="c1"><text:deletion>'
        f"<office:change-info>{WHO}</office:change-info><text:p>poistettu</text:p></text:deletion>"
        f"</text:changed-region></text:tracked-changes><text:p>{' '.join(WORDS[:200])} "
        f'<text:change text:change-id="c1"/><office:annotation>{WHO}<text:p>kommentti</text:p></office:annotation>'
        f"{notes}</text:p><text:p><draw:frame {size}><draw:text-box><text:p>kehys</text:p></draw:text-box></draw:frame>"
        f'<draw:custom-shape {size} svg:x="2cm" svg:y="9cm"><text:p>kuvio</text:p></draw:custom-shape></text:p>'
        '<text:p><text:a xlink:href="https://x.example/osoite">linkkiteksti</text:a></text:p>'
        f'<table:table><table:table-column table:number-columns-repeated="2"/>{rows}</table:table>'
        "</office:text></office:body></office:document>"
    )


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The document in another format, by LibreOffice with a profile of its own."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (Debian package: libreoffice-writer)")
    place = tmp_path_factory.mktemp("office")
    (place / "a.fodt").write_text(flat_document(), encoding="utf-8")

    def run(extension: str) -> bytes:
        options = ["--headless", f"-env:UserInstallation=file://{place}/profile", "--convert-to", extension]
        subprocess.run(
            [program, *options, "--outdir", str(place), str(place / "a.fodt")],
            capture_output=True,
            timeout=120,
            check=True,
        )
        return Path(place / f"a.{extension}").read_bytes()

    return run


@pytest.mark.parametrize("extension", ["odt", "docx", "rtf", "doc", "pdf"])
def test_words_are_read(read: Callable[..., Letter], convert: Callable[[str], bytes], extension: str) -> None:
    """Of the text and its tables all but a few, and every one that stands beside the text."""
    letter = read(f"a.{extension}", convert(extension))
    text = all_text(letter)
    assert letter.troubles == ()
    assert sum(word in text for word in WORDS) >= 0.95 * len(WORDS)
    unseen = UNPRINTED if extension == "pdf" else set()
    if extension == "rtf":
        unseen = {"kuvio"}  # LibreOffice writes its shapes into RTF without their text
    assert [word for word in BESIDE if word not in text and word not in unseen] == []
    assert "https://x.example/osoite" in text
