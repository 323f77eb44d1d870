"""Bytes of a message to a `Letter`: its parts as normalised text, under budgets, and what could not be read.

How parts are named (`N` is the section number as in IMAP, `1.2`):

- `subject`, `header.<field>`, `header.N.<field>`, `header.N.filename`: what people write into headers, and file names
- `body.N`, `body.N.html`, `attachment.N:<file name>`, `preamble`, `epilogue`; `body.N.headers` for a nested message
- `<archive>/<member>`, `<archive>#names`: inside ZIP files and office documents
- `<part>#table`: tables and delimited text as `header: value` lines, a blank line between records
- `<part>#rows`: long lists of a PDF file, their cells parted by TAB; `#margins`: head and foot of a spreadsheet
- `<part>#attributes`, `#comments`, `#visible`, `#data`: what HTML carries besides its text; its frames and the files
  in its `data:` addresses are `<part>/1`, `<part>/2`
- `<part>#html`, `#utf-7`, `#ascii`, `#iso-2022`, `#page`, `#tags`, `#override`: another way to read the same octets or
  characters
- `raw.N`: decoded by the second look, whatever the structure says

In the text of HTML and of office documents the cells of a table row are parted by TAB, rows by line break.
"""
