"""Crooked fields of one part: how its transfer encoding is named, where its header ends, and types that are none."""

CTE = "Content-Transfer-Encoding"
_VALUES = (
    "baSE64", "x-base64", '"base64"', "base\\64", "=?UTF-8?B?YmFzZTY0?=", "=?UTF-8?Q?base64", "(a) base64",
    "base64 (a)", "bas()e64", "bas(\n )e64", "a base64", "base64 a", "abase64", "base64a", "base64,", ",base64",
    "base64;", ";base64",
    "quoted-printable base64", "base64 quoted-printable", "quoted-printable,base64", "base64,quoted-printable",
    f"{' ' * 2000}base64",
)  # fmt: skip
_TWO = (("quoted-printable", "base64"), ("base64", "quoted-printable"), ("", "base64"), ("base64", ""),
        ("a", "base64"), ("base64", "a"))  # fmt: skip
NAMED_BASE64: tuple[str, ...] = (
    *(f"{CTE}: {value}\n" for value in _VALUES),
    *(f"{CTE}: {one}\n{CTE}: {two}\n" for one, two in _TWO),
    *(f"{CTE}:{between}base64\n" for between in ("", "\t", "\v", "\r", "\n ", "\n \n ")),
    *(f"{CTE}{colon} base64\n" for colon in (" :", "::", "")),
    *(f"{before}{CTE}: base64\n" for before in (" ", "\r", "X-A: b\r", "AAAAAAAAAA\n", "\1\2\3\n", " \n")),
)
"""Fields that make base64 of a part to one program and not to the next."""
NAMED_QUOTED: tuple[str, ...] = (
    *(f"{CTE}: {value}\n" for value in _VALUES if "quoted" in value),
    *(f"{CTE}: {value}\n" for value in ("x-quoted-printable", "quoted-printabl", "quoted-print", "quotedprint")),
    *(f"{CTE}: {one}\n{CTE}: {two}\n".replace("base64", "quoted-printable", "quoted" not in one + two)
      for one, two in _TWO),
)  # fmt: skip
"""The same for quoted-printable."""
UUENCODE = ("uuencode", "x-uuencode", "uue", "x-uue", "x-uu")
"""Names of an encoding that no standard has."""
BREAKS = ("", " \n", " \n \n", "\t\n", "\v\n", "\v\n\v\n", "ABCD\n\n", "ABC=\n\n", "ABCD\n \n", "ABC=\n \n", "ABCD\n",
          "ABC=\n", "ABCD\nABCD\n\n", "ABC=\nABC=\n\n")  # fmt: skip
"""Where other parts have the empty line between header and body."""
STARTS = ("\r", "\n", "\v", " \n", ":\n")
"""What stands before a part's first field."""
NO_MULTIPART = (
    "multipart/mixed; boundary=a", "multiparts/mixed; boundary=a", "x-multipart/mixed; boundary=a",
    "text/plain; boundary=a", "multipart/invalid; boundary=a", "multipart/; boundary=a", "multipart; boundary=a",
    "multipart/mixed", "multi\\part/mixed; boundary=a", "multipart/mixed; boundary*=''a",
    "multipart/mixed; boundary*0=''a", "multipart/mixed; boundary*0*=''a", "\n multipart/mixed; boundary=a",
    "\rmultipart/mixed; boundary=a",
)  # fmt: skip
"""Types of a part that has no parts."""
