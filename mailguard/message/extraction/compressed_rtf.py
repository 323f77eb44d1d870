"""RTF as Outlook packs it (MS-OXRTFCP): an LZ77 whose window of 4,096 octets begins with common words of RTF."""

import struct

_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par \pard\plain\f0\fs20\b\i"
    rb"\u\tab\tx"
)


def decompress_rtf(data: bytes, most: int) -> bytes:
    """The RTF, no longer than `most` octets and one run. Raises ValueError for what is none."""
    if len(data) < 16:
        raise ValueError("cut off")
    _, size, kind = struct.unpack_from("<III", data)
    if kind == _PLAIN:
        return data[16 : 16 + size]
    if kind != _COMPRESSED:
        raise ValueError("no compressed RTF")
    window = bytearray(_DICTIONARY) + bytes(_WINDOW - len(_DICTIONARY))
    write = len(_DICTIONARY)
    out = bytearray()
    place = 16
    while place < len(data) and len(out) <= most:
        control = data[place]
        place += 1
        for bit in range(8):
            if control & 1 << bit:
                if place + 2 > len(data):
                    return bytes(out)
                token = data[place] << 8 | data[place + 1]
                place += 2
                offset, count = token >> 4, (token & 0x0F) + 2
                if offset == write:
                    return bytes(out)
                for step in range(count):
                    octet = window[(offset + step) % _WINDOW]
                    out.append(octet)
                    window[write] = octet
                    write = (write + 1) % _WINDOW
            else:
                if place >= len(data):
                    return bytes(out)
                out.append(data[place])
                window[write] = data[place]
                write = (write + 1) % _WINDOW
                place += 1
    return bytes(out)
