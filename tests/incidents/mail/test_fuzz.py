"""Whatever comes in is read or refused in words: mails of people, broken in places, and bytes of no kind at all."""

import contextlib
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.mail.making import title_of
from incidents.mail.markup import cleaned, to_text
from incidents.mail.reading import Unfit, read
from incidents.mail.sorting import sort
from incidents.mail.trimming import trim
from tests.incidents.mail.letters import write
from tests.incidents.mail.test_reading import WINMAIL

SAMPLE = write(
    "Robin <robin@example.com>", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Hello\n\n-- \nRobin", html="<p>Hello</p>",
    files=(("a.txt", b"x"), ("winmail.dat", WINMAIL)), Cc="B <b@example.com>", References="<1@x> <2@x>",
    Authentication_Results="mx; dmarc=pass", Auto_Submitted="no", message_id="<sample@example.com>",
)  # fmt: skip
RAW = SAMPLE.as_bytes()
PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"--", b"=", b"?=", b"=?utf-8?b?", b'"', b"<", b">", b";", b":", b"\x00", b"\xff", b"boundary=", b"charset=", b"(", b")",
     b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", b"Content-Type: message/rfc822\r\n\r\n", b"From: x@y.z\r\n", b"*0*=", b"utf-16"],
)  # fmt: skip
QUICK = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def taken_apart(raw: bytes) -> None:
    with contextlib.suppress(Unfit):
        letter = read(raw)
        sort(letter)
        trim(letter.text)
        assert title_of(letter)
        assert "\x00" not in letter.text + letter.subject + letter.html.replace("\x00", "")
        for name, address in (*letter.senders, *letter.recipients):
            assert not {"\n", "\r", "\x00"} & set(name + address)
            assert address == "" or "@" in address
        letter.text.encode()
        letter.subject.encode()


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(0, len(RAW)), st.integers(0, 30), PIECES), min_size=1, max_size=6
    )
)
def test_a_mail_that_is_broken_in_places(changes):
    raw = RAW
    for at, cut, put in changes:
        raw = raw[:at] + put + raw[at + cut :]
    taken_apart(raw)


@QUICK
@given(st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(b"".join)))
def test_bytes_of_no_kind(raw):
    taken_apart(raw)


TAGS = st.lists(
    st.sampled_from(["<p>", "<img src=", "cid:a", "https://x.example/", ">", "<svg>", "<math>", "<style>", "</style>", "<a href=javascript:x>", "&#", "<!--", "-->",
                     "<table><tr>", "onclick=x ", "<template>", '"', "'", "<noscript>", "<title>", "text", "\x00", "<div hx-get=/ >"]),
    max_size=30,
).map("".join)  # fmt: skip


@QUICK
@given(TAGS)
def test_html_is_harmless_also_when_it_is_read_anew(html):
    """A browser builds its own tree of what we say, so that may be no worse than ours."""
    once, _left_out = cleaned(html, {"a": "/files/abc/a.png"})
    twice, _left_out = cleaned(once, {})
    bad = (
        "<svg",
        "<style",
        "<script",
        "<template",
        " onclick",
        " hx-",
        "<form",
        'src="http',
        "javascript:",
    )
    for shown in (once, twice):
        tags = " ".join(re.findall(r"<[^>]*>", shown.lower()))
        assert not any(one in tags for one in bad)
    to_text(html)
