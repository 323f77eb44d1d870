"""PDF files: their words in order, tables, notes and files; what is only a picture; what is encrypted or broken."""

import base64
from collections.abc import Callable

from weasyprint import HTML

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.pictures import write_png
from tests.message.writing import LINE, SECRET, all_text, kinds, text_of
from tests.support.pdf import join_objects, lines, write_pdf

Read = Callable[..., Letter]


def test_words_of_every_page_are_read(read: Read) -> None:
    """Text on the first and the last page is part of the attachment's text, in its order."""
    letter = read("tilaus.pdf", write_pdf([lines("Hyvä Matti", "Kiitos"), lines("sivu kaksi"), lines(LINE)]))
    assert text_of(letter, "attachment.2").split("\n") == ["Hyvä Matti", "Kiitos", "sivu kaksi", LINE]
    assert letter.troubles == ()
    assert letter.unread == ()


def test_columns_are_unrolled(read: Read) -> None:
    """A label in the header row stands beside its value in the row below."""
    page = [
        (72.0, 700.0, "Puhelinnumero"), (250.0, 700.0, "PIN-koodi"), (400.0, 700.0, "PUK-koodi"),
        (72.0, 680.0, "040 1234567"), (250.0, 680.0, "4826"), (400.0, 680.0, "88112233"),
    ]  # fmt: skip
    table = text_of(read("sim.pdf", write_pdf([page])), "attachment.2#table")
    assert table == "Puhelinnumero: 040 1234567\nPIN-koodi: 4826\nPUK-koodi: 88112233"


def test_columns_drawn_one_after_the_other_are_put_side_by_side(read: Read) -> None:
    """Labels drawn first and values after them stand in pairs again, by their places on the page."""
    page = [(72.0, 700.0, "Tunnus"), (72.0, 680.0, "Salasana"), (200.0, 700.0, "matti"), (200.0, 680.0, SECRET)]
    assert LINE in text_of(read("a.pdf", write_pdf([page])), "attachment.2#table")


def test_tight_columns_are_told_by_their_headings(read: Read) -> None:
    """Where a long value leaves only a narrow gap, the next word belongs to the heading that it stands under."""
    page = [
        (72.0, 700.0, "Numero"), (150.0, 700.0, "PIN"), (200.0, 700.0, "PUK"),
        (72.0, 680.0, "040 1234 567"), (144.0, 680.0, "4826"), (174.0, 680.0, "88112233"),
    ]  # fmt: skip
    table = text_of(read("sim.pdf", write_pdf([page])), "attachment.2#table")
    assert table == "Numero: 040 1234 567\nPIN: 4826\nPUK: 88112233"


def test_prose_is_no_table(read: Read) -> None:
    """Lines of words with ordinary blanks are left as they are."""
    letter = read("a.pdf", write_pdf([lines("Hyvä asiakas, kiitos tilauksesta.", "PIN on tullut perille.")]))
    assert not any(part.path.endswith("#table") for part in letter.parts)


def test_notes_forms_and_links_are_read(read: Read) -> None:
    """A comment, the value of a form field and the address of a link leave with the page."""
    notes = [
        f"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents ({LINE}) >>",
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Tunnus) /V (matti.v) /Rect [0 0 9 9] >>",
        "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://a.example/?t=K7) >> >>",
    ]
    letter = read("a.pdf", write_pdf([lines("Hei")], extra="/AcroForm << /Fields [5 0 R] >>", annotations=notes))
    assert text_of(letter, "attachment.2#notes") == f"{LINE}\nTunnus: matti.v\nhttps://a.example/?t=K7"


def test_files_within_are_read(read: Read) -> None:
    """A text file embedded in the document is read like an attachment."""
    stream = f"<< /Type /EmbeddedFile /Length {len(LINE)} >>\nstream\n{LINE}\nendstream"
    document = join_objects(
        [
            "<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a.txt) 4 0 R] >> >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
            "<< /Type /Filespec /F (a.txt) /UF (a.txt) /EF << /F 5 0 R >> >>",
            stream,
        ]
    )
    assert text_of(read("a.pdf", document), "attachment.2/1") == LINE


def test_a_picture_of_text_stays_unread(read: Read) -> None:
    """A page with drawings and no letters is listed as unread, and is no trouble."""
    document = write_pdf([lines("x")]).replace(b"(x) Tj", b"0 0 9 9")
    document = document.replace(b"BT /F 11 Tf 1 0 0 1 72 770 Tm 0 0 9 9 ET", b"10 10 100 100 re f 0 0 m 9 9 l S     ")
    letter = read("kuva.pdf", document)
    assert [unread.kind for unread in letter.unread] == ["pdf"]
    assert letter.troubles == ()


def test_a_password_is_trouble(read: Read) -> None:
    """A document that asks for a user password is encrypted."""
    encrypt = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        encrypt,
    ]
    document = join_objects(objects, trailer=f"/Encrypt 4 0 R /ID [<{'00' * 16}> <{'00' * 16}>]")
    assert kinds(read("a.pdf", document)) == {"encrypted"}


def test_broken_documents_are_trouble_or_read(read: Read) -> None:
    """Cut short anywhere, a document is read as far as PDFium mends it, or held."""
    whole = write_pdf([lines(LINE)])
    for end in range(20, len(whole), 60):
        letter = read("a.pdf", whole[:end])
        assert kinds(letter) == {"unreadable"} or letter.unread or SECRET in all_text(letter) or end < 600


def test_pages_without_end_are_trouble(read: Read) -> None:
    """A hundred thousand empty pages are not turned one by one."""
    kids = " ".join(["3 0 R"] * 100_000)
    document = join_objects(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count 100000 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        ]
    )
    assert kinds(read("a.pdf", document)) == {"unreadable"}


def test_a_scan_with_a_stamp_is_a_picture_too(read: Read) -> None:
    """What a fax machine prints over the page does not make it text; a logo beside a letter makes it no scan."""
    for width, kept in ((640, True), (60, False)):
        data = base64.b64encode(write_png(640, 480, bytes(640 * 480))).decode()
        style = f"<style>@page {{size: 640px 520px; margin: 0}} img {{width: {width}px}}</style>"
        page = f"{style}Sivu 1<br><img src=data:image/png;base64,{data}>"
        letter = read("a.pdf", HTML(string=page).write_pdf(), Budget(pictures=3))
        assert [trouble.text for trouble in letter.troubles] == (["the picture was not read"] if kept else [])
        assert "Sivu 1" in all_text(letter)
