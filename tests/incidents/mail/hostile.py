"""Sixty mails that nobody wrote with a mail program (security I16): what costs a parser its time, its stack or its wits."""

import base64
import struct
from collections.abc import Iterator

HEAD = (
    b"From: eve@elsewhere.example\r\nTo: it-help@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
)
BODY = b"\r\n\r\nbody\r\n"


def mails() -> Iterator[tuple[str, bytes]]:
    """Name and bytes."""
    yield from _nesting()
    yield from _headers()
    yield from _bodies()
    yield from _html()
    yield from _names()
    yield from _packed()


def _nested(depth: int, kind: bytes = b"multipart/mixed") -> bytes:
    out = HEAD
    for level in range(depth):
        out += b"Content-Type: %s; boundary=b%d\r\n\r\n--b%d\r\n" % (kind, level, level)
    return out + b"Content-Type: text/plain\r\n\r\nx\r\n"


def _mixed(*parts: bytes) -> bytes:
    inner = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inner + b"--b--\r\n"


def _plain(text: bytes, more: bytes = b"") -> bytes:
    return HEAD + b"Content-Type: text/plain; charset=utf-8\r\n" + more + b"\r\n" + text


def _nesting() -> Iterator[tuple[str, bytes]]:
    yield "1500 multiparts in each other", _nested(1500)
    yield "90 multiparts in each other", _nested(90)
    yield "21 multiparts in each other", _nested(21)
    yield "90 alternatives in each other", _nested(90, b"multipart/alternative")
    yield "digests in each other", _nested(95, b"multipart/digest")
    yield "3000 mails in each other", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3000 + b"x"
    yield "90 mails in each other", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 90 + b"x"
    yield "5000 parts", _mixed(*[b"Content-Type: text/plain\r\n\r\nx"] * 5000)
    yield "50000 parts without a field", _mixed(*[b"\r\nx"] * 50_000)
    yield "deep and long", _nested(95) + (b"A" * 76 + b"\r\n") * 100_000
    yield "a boundary never found", _nested(1) + b"--" * 1_000_000
    yield (
        "an empty boundary",
        HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx\r\n----\r\n',
    )
    yield "no boundary at all", HEAD + b"Content-Type: multipart/mixed\r\n\r\nx"
    yield (
        "a boundary of signs of a pattern",
        HEAD + b'Content-Type: multipart/mixed; boundary="(.+)+$"\r\n\r\n' + b"--(.+)+$\r\n" * 50,
    )
    yield (
        "a boundary in 9 pieces",
        HEAD
        + b"Content-Type: multipart/mixed;"
        + b"".join(b" boundary*%d=b;" % n for n in range(9))
        + b"\r\n\r\n--bbbbbbbbb\r\n\r\nx",
    )
    yield (
        "spaces around the sign of boundaries",
        HEAD + b"Content-Type: multipart/mixed; boundary \x0b\x1c=b\r\n\r\n--b\r\n" * 200,
    )


def _headers() -> Iterator[tuple[str, bytes]]:
    yield (
        "20000 addresses",
        HEAD + b"Cc: " + b", ".join(b"a%d@b.c" % n for n in range(20_000)) + BODY,
    )
    yield "300 addresses", HEAD + b"Cc: " + b", ".join(b"a%d@b.c" % n for n in range(300)) + BODY
    yield "60 kB of commas in From", b"From: " + b"," * 60_000 + BODY
    yield "60 kB of open comments", b"From: " + b"(" * 60_000 + BODY
    yield "60 kB of open quotes", b"From: " + b'"' * 60_001 + BODY
    yield "60 kB of open angles", b"From: " + b"<" * 60_000 + BODY
    yield "60 kB of groups", b"To: " + b"a:" * 30_000 + BODY
    yield "a header of 1 MB", HEAD + b"X: " + b"a" * 1_000_000 + BODY
    yield "100000 header lines", HEAD + b"X: a\r\n" * 100_000 + BODY
    yield (
        "a megabyte of semicolons about a part",
        _mixed(b"Content-Type: text/plain" + b";" * 1_000_000 + b"\r\n\r\nx"),
    )
    yield (
        "semicolons in open quotes",
        _mixed(b'Content-Type: text/plain; a="' + b";" * 500_000 + b"\r\n\r\nx"),
    )
    yield (
        "a folded megabyte about a part",
        _mixed(b"Content-Disposition: attachment;" + b"\r\n a=b;" * 100_000 + b"\r\n\r\nx"),
    )
    yield (
        "2000 pieces of a name",
        _mixed(
            b"Content-Disposition: attachment;"
            + b"".join(b" filename*%d=a;" % n for n in range(300))
            + b"\r\n\r\nx"
        ),
    )
    yield "encoded words without an end", b"Subject: " + b"=?utf-8?q?" * 6_000 + BODY
    yield (
        "encoded words of broken base64",
        HEAD + b"Subject: =?utf-8?b?A=?= =?utf-8?b?====?= =?x?y?z?=" + BODY,
    )
    yield "encoded words of no charset", HEAD + b"Subject: =?idna?q?" + b"a" * 50_000 + b"?=" + BODY
    yield "an impossible date", HEAD + b"Date: Mon, 99 Foo 99999999999 99:99:99 +999999999" + BODY
    yield "60 kB of references", HEAD + b"References: " + b"<a@b> " * 9_000 + BODY
    yield "references without an end", HEAD + b"References: " + b"<" * 50_000 + BODY
    yield "no header", b"\r\n\r\nx"
    yield "nothing", b""
    yield "zeros", b"\x00" * 100_000
    yield "all bytes", bytes(range(256)) * 400
    yield "carriage returns alone", HEAD.replace(b"\r\n", b"\r") + b"\r\rx\r" * 100_000


def _bodies() -> Iterator[tuple[str, bytes]]:
    yield "26 MB", _plain(b"x" * 26 * 1024 * 1024)
    yield (
        "24 MB in base64",
        _plain(
            base64.encodebytes(b"x" * 17 * 1024 * 1024), b"Content-Transfer-Encoding: base64\r\n"
        ),
    )
    yield "3 million lines", _plain(b"\n" * 3_000_000)
    yield "broken base64", _plain(b"=A=\xff" * 50_000, b"Content-Transfer-Encoding: base64\r\n")
    yield (
        "broken quoted-printable",
        _plain(b"=ZZ=\r\n=" * 100_000, b"Content-Transfer-Encoding: quoted-printable\r\n"),
    )
    yield (
        "uuencoded without an end",
        _plain(
            b"begin 644 x\n" + b"M" * 60 + b"\n" * 1000,
            b"Content-Transfer-Encoding: x-uuencode\r\n",
        ),
    )
    yield (
        "a charset that does not exist",
        HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe",
    )
    yield (
        "a charset that takes its time",
        HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * 100_000,
    )
    yield (
        "a charset that is none",
        HEAD + b'Content-Type: text/plain; charset="zlib_codec\x00"\r\n\r\n' + b"x" * 1000,
    )
    yield "quotations of 100000 levels", _plain(b">" * 100_000 + b"\n" + b"> \n" * 30_000)
    yield "heads of quotations", _plain(b"> On 12:12 wrote:\n" * 20_000)
    yield "one line of 5 MB", _plain(b"a " * 2_500_000)


def _html() -> Iterator[tuple[str, bytes]]:
    html = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    yield "100000 div in each other", html + b"<div>" * 100_000
    yield "tables in each other", html + b"<table><tr><td>" * 30_000
    yield "400 kB of line ends", html + b"<br>" * 100_000
    yield "comments without an end", html + b"<!--" * 100_000
    yield "entities", html + b"&lt;&#x41;&bogus" * 30_000


def _names() -> Iterator[tuple[str, bytes]]:
    yield (
        "a name of 3 kB",
        _mixed(b'Content-Disposition: attachment; filename="' + b"../" * 1000 + b'x.txt"\r\n\r\nx'),
    )


def _packed() -> Iterator[tuple[str, bytes]]:
    head = b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    start = struct.pack("<IH", 0x223E9F78, 1)
    many = start + struct.pack("<BII", 1, 0x00010000, 0) * 400_000
    endless = struct.pack("<I", 0xFFFFFFFF) + struct.pack("<HHI", 0x1003, 0x0001, 0xFFFFFFFF)
    props = start + struct.pack("<BII", 1, 0x00069003, len(endless)) + endless + b"\x00\x00"
    yield "a winmail.dat of 400000 objects", _mixed(head + base64.encodebytes(many))
    yield "a winmail.dat of 4 billion values", _mixed(head + base64.encodebytes(props))
