"""What is read of a mail: charsets, names of files, parts, packed and nested mails, and what servers say."""

import base64
import struct

import pytest
from tnefparse import TNEF

from incidents.mail import winmail
from incidents.mail.reading import Unfit, read
from incidents.mail.sorting import is_vouched_for
from incidents.mail.store import read_head
from tests.incidents.mail.letters import write


def raw(head: str, body: bytes = b"x") -> bytes:
    return f"From: Robin <robin@example.com>\r\n{head}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "Grüße €".encode(), "Grüße €"),
        ("iso-8859-1", "Grüße".encode("latin-1"), "Grüße"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("windows-1252", b"\x80 \x93x\x94", "€ “x”"),
        ("iso-2022-jp", "すみません。".encode("iso-2022-jp"), "すみません。"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("klingon", "Grüße".encode("cp1252"), "Grüße"),
        ("utf-8", b"Gr\xfc\xdfe", "Grüße"),
        ("", "Grüße".encode(), "Grüße"),
    ],
)
def test_words_in_any_charset_and_in_none_that_is_right(charset, body, text):
    head = f"Content-Type: text/plain; charset={charset}" if charset else "Content-Type: text/plain"

    assert read(raw(head, body)).text == text


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe?= =?iso-8859-1?q?_dich?=", "Grüße dich"),
        ("=?nonsense?q?Gr?=", "Gr"),
        ("=?utf-8?b?AAAAA?=", "=?utf-8?b?AAAAA?="),
        ("one\r\n two", "one two"),
        ("\x1b[31mred\x07", "[31mred"),
    ],
)
def test_subjects(subject, shown):
    assert read(raw(f"Subject: {subject}")).subject == shown


BUERO = "Drucker im Büro geht nicht – 日本"


@pytest.mark.parametrize(
    ("subject", "charset", "shown"),
    [
        (BUERO.encode(), "", BUERO),
        (BUERO.encode(), "iso-8859-1", BUERO),
        ("Drucker im Büro".encode("latin-1"), "iso-8859-1", "Drucker im Büro"),
        ("Drucker im Büro – €".encode("cp1252"), "", "Drucker im Büro – €"),
        ("Drucker im Büro".encode("latin-1"), "us-ascii", "Drucker im Büro"),
        ("Drucker im Büro".encode("latin-1"), "klingon", "Drucker im Büro"),
        ("Drucker im Büro".encode("latin-1"), "utf-16", "Drucker im Büro"),
        ("Принтер не печатает".encode("cp1251"), "windows-1251", "Принтер не печатает"),
        ("プリンター".encode("shift-jis"), "Shift_JIS", "プリンター"),
        ("Büro =?utf-8?q?=C3=BC?= – x".encode(), "", "Büro ü – x"),
        ("Größe =?iso-8859-1?q?Gr=F6=DFe?= =?iso-8859-1?q?!?=".encode(), "", "Größe Größe!"),
    ],
)
@pytest.mark.parametrize("parts", [False, True])
def test_subjects_sent_as_they_are_without_encoding(subject, charset, shown, parts):
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    head = b"From: Robin <robin@example.com>\r\nSubject: " + subject + b"\r\n"
    if parts:
        kind = f'multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: {kind}'
    mail = head + f"Content-Type: {kind}\r\n\r\nx".encode() + (b"\r\n--b--" if parts else b"")

    assert read(mail).subject == shown
    assert read_head(mail).subject == shown


@pytest.mark.parametrize(
    ("name", "charset"),
    [("Jürgen Größe", "utf-8"), ("Jürgen Größe", "latin-1"), ("Юрий", "windows-1251")],
)
def test_names_sent_as_they_are_without_encoding(name, charset):
    one = f"{name} <jg@example.com>"
    head = f'From: {one}\r\nTo: {one}, "{name}, IT" <b@example.com>\r\n'
    mail = f"{head}Content-Type: text/plain; charset={charset}\r\n\r\nx".encode(charset)

    letter = read(mail)

    assert (letter.sender, letter.sender_name) == ("jg@example.com", name)
    assert letter.recipients == ((name, "jg@example.com"), (f"{name}, IT", "b@example.com"))
    assert read_head(mail).sender == "jg@example.com"


def test_an_address_written_into_a_name_is_nobody():
    mail = b"From: =?us-ascii?q?a1=40example.org=2C?= <robin@example.com>\r\n\r\nx"

    assert read(mail).sender == read_head(mail).sender == "robin@example.com"


def test_a_subject_in_one_long_encoded_word():
    words = "Büro " * 160
    encoded = "".join(f"={byte:02X}" for byte in words.encode())

    assert read(f"Subject: =?utf-8?q?{encoded}?=\r\n\r\nx".encode()).subject == words.strip()


@pytest.mark.parametrize("charset", ["gbk", "shift_jis", "big5"])
def test_no_charset_makes_another_sender_of_what_the_mail_server_read(charset):
    """Its \\" would be the end of the name, where the second byte of a sign is a backslash."""
    field = b'From: "x\x81\\" <robin@example.com> (" <eve@example.net>)" <eve@example.net>'
    mail = field + f"\r\nContent-Type: text/plain; charset={charset}\r\n\r\nx".encode()

    assert {address for _name, address in read(mail).senders} <= {"eve@example.net", ""}


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('filename="a.txt"', "a.txt"),
        ("filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        ("filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe.txt", "Grüße.txt"),
        ('filename="=?utf-8?q?Gr=C3=BC=C3=9Fe=2Etxt?="', "Grüße.txt"),
        ("filename*=nonsense''a.txt", "a.txt"),
    ],
)
def test_names_of_files(field, name):
    head = f"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; {field}"

    assert [one.name for one in read(raw(head)).files] == [name]


def test_html_alone_is_read_as_text():
    html = (
        "<style>p{}</style><p>One<br>two</p><ul><li>a</li></ul><img src=x alt=y><script>z</script>"
    )
    letter = read(raw("Content-Type: text/html", html.encode()))

    assert "One\ntwo" in letter.text
    assert "* a" in letter.text
    assert "z" not in letter.text
    assert letter.html == html


def test_of_alternatives_the_text_is_read_and_the_html_kept():
    letter = read(write(text="plain", html="<b>rich</b>").as_bytes())

    assert (letter.text, letter.html.strip(), letter.files) == ("plain", "<b>rich</b>", ())


def test_a_mail_within_a_mail_is_a_file_with_its_subject_as_name():
    mail = write()
    mail.add_attachment(write(subject="Inner: a/b.c"))

    (file,) = read(mail.as_bytes()).files

    assert file.name == "Inner: a/b c.eml"
    assert b"Subject: Inner" in file.content


@pytest.mark.parametrize(
    "broken", ["", "\r\n--b\r\nContent-Type: text/plain\r\n\r\ncut o", "no part at all"]
)
def test_parts_that_are_cut_off_are_read_as_far_as_they_go(broken):
    assert (
        read(raw("Content-Type: multipart/mixed; boundary=b", broken.encode())).sender
        == "robin@example.com"
    )


def test_recipients_and_what_it_answers():
    mail = write(
        Cc="B <b@example.com>",
        In_Reply_To="<1@x>",
        References="<3@x> <2@x> <1@x>",
        Delivered_To="it+abc@example.com",
    )
    letter = read(mail.as_bytes())

    assert [address for _name, address in letter.recipients] == [
        "it-help@example.com",
        "b@example.com",
    ]
    assert letter.answers == ("<1@x>", "<2@x>", "<3@x>")
    assert letter.delivered_to == ("it+abc@example.com",)


@pytest.mark.parametrize("raw_mail", [b"", b"\r\n \r\n"])
def test_nothing_is_no_mail(raw_mail):
    with pytest.raises(Unfit, match="empty"):
        read(raw_mail)


# Outlook -----------------------------------------------------------------------------------------------------------------


def packed(*objects: tuple[int, int, bytes]) -> bytes:
    out = struct.pack("<IH", 0x223E9F78, 1)
    for level, kind, data in objects:
        out += (
            struct.pack("<BII", level, kind, len(data))
            + data
            + struct.pack("<H", sum(data) & 0xFFFF)
        )
    return out


def text_property(key: int, text: str) -> bytes:
    data = text.encode("utf-16-le") + b"\x00\x00"
    return struct.pack("<HHII", 0x1F, key, 1, len(data)) + data + b"\x00" * (-len(data) % 4)


WINMAIL = packed(
    (1, 0x00069007, struct.pack("<II", 1252, 0)),
    (1, 0x0002800C, "Grüße von Outlook".encode("cp1252") + b"\x00"),
    (2, 0x00069002, b"\x01\x00" + b"\x00" * 12),
    (2, 0x00018010, b"GRUSSE~1.TXT\x00"),
    (2, 0x0006800F, b"what is in it"),
    (2, 0x00069005, struct.pack("<I", 1) + text_property(0x3707, "Grüße.txt")),
)


def test_what_outlook_packed_is_unpacked():
    mail = write(text=" ")
    mail.add_attachment(WINMAIL, "application", "ms-tnef", filename="winmail.dat")

    letter = read(mail.as_bytes())

    assert letter.text == "Grüße von Outlook"
    assert [(one.name, one.content) for one in letter.files] == [("Grüße.txt", b"what is in it")]
    assert TNEF(WINMAIL, do_checksum=True).attachments[0].data == b"what is in it"


@pytest.mark.parametrize("cut", range(0, len(WINMAIL), 7))
def test_one_that_is_cut_off_is_kept_as_it_is_or_read_as_far_as_it_goes(cut):
    try:
        found = winmail.unpack(WINMAIL[:cut])
    except winmail.Broken:
        mail = write()
        mail.add_attachment(WINMAIL[:cut] or b"x", "application", "ms-tnef", filename="winmail.dat")
        assert [one.name for one in read(mail.as_bytes()).files] == ["winmail.dat"]
    else:
        assert len(found.files) <= 1


def test_html_in_it_is_read():
    html = base64.b64decode(base64.b64encode("<p>Hallo</p>".encode("cp1252")))
    data = (
        struct.pack("<I", 2)
        + struct.pack("<HHI", 3, 0x3FDE, 1252)
        + struct.pack("<HHII", 0x102, 0x1013, 1, len(html))
        + html
    )
    found = winmail.unpack(packed((1, 0x00069003, data)))

    assert found.html == "<p>Hallo</p>"


# Whether a mail server vouches for the sender -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("mx.example.com; dmarc=pass header.from=example.com", True),
        ("mx.example.com; dmarc=fail (p=none) header.from=example.com", False),
        ("mx.example.com 1; spf=pass smtp.mailfrom=bounce@example.com", True),
        (
            "mx.example.com; dkim=pass header.d=example.com; spf=fail smtp.mailfrom=x@other.example",
            True,
        ),
        ("mx.example.com; dkim=pass header.d=other.example", None),
        ("mx.example.com; dkim=fail header.d=example.com", False),
        ("mx.evil.example; dmarc=fail", None),
        ("(mx.example.com;) mx.evil.example; dmarc=pass", None),
        ("mx.example.com; none", None),
    ],
)
def test_what_our_own_server_found(line, verdict):
    letter = read(write(Authentication_Results=line).as_bytes())

    assert is_vouched_for(letter, "mx.example.com") is verdict
    assert is_vouched_for(letter, "") is None
