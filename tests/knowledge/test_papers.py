"""An article on paper: a page to print, and a PDF that is made of nothing from elsewhere."""

import socket
from io import BytesIO

import pytest
from PIL import Image

from accounts.files import check
from knowledge import actions, pdf
from tests.incidents.tickets.uploads import picture

TEXT = """Before you start, save your work: zażółć gęślą jaźń, Größe, Ελληνικά, Привет.

## Steps

1. Open **Settings** and *wait*
2. Choose `Automatic`
   - or not

> [!WARNING]
> Mind the gap.

| Key | What |
| --- | --- |
| `a` | one |

```
if x  <  1:
    go()
```

[Ours](/kb/) and [theirs](https://example.com/).

---
"""


def sheet(html, **given):
    fields = {
        "title": "Title",
        "summary": "",
        "facts": "",
        "html": html,
        "language": "en",
        "site": "https://help.example",
        "foot": "",
    }
    return pdf.Sheet(**{**fields, **given})


@pytest.fixture
def reader(client_of, requester):
    return client_of(requester)


def test_the_page_to_print_has_the_text_and_no_more(reader, make_article):
    article = make_article(body=TEXT)

    page = reader.get(f"{article.get_absolute_url()}print/").content.decode()
    assert "zażółć gęślą jaźń" in page
    assert "Did this help?" not in page
    assert "fb-top" not in page


def test_the_pdf_is_one(reader, make_article):
    answer = reader.get(f"{make_article(body=TEXT).get_absolute_url()}pdf/")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].endswith('.pdf"')
    assert answer.content.startswith(b"%PDF-")
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert b"https://example.com/" in answer.content


def test_paper_tells_nobody_of_what_they_may_not_read(
    reader, requester, make_article, other_requester, make_ticket, editor, monkeypatch
):
    make_article("Canary", audience="staff")
    ticket = make_ticket("Canary", by=other_requester)
    gone = actions.bring_file(check(picture()), by=editor)
    text = f"See /kb/canary/, {ticket.ref}.\n\n{gone.in_text}\n\n<!-- canary -->"
    article = make_article("Guide", text)
    actions.remove_file(gone, by=editor)
    sheets = []
    monkeypatch.setattr(pdf, "render", lambda sheet: sheets.append(sheet) or b"")

    page = reader.get(f"{article.get_absolute_url()}print/").content.decode()
    reader.get(f"{article.get_absolute_url()}pdf/")

    for shown in (page, sheets[0].html):
        assert "This picture was removed" in shown
        assert ticket.ref in shown
        assert 'href="/kb/canary/' not in shown
        assert "/tickets/" not in shown
        assert "Canary" not in shown.replace("/kb/canary/", "")
        assert "<!--" not in shown


@pytest.mark.parametrize("more", ["print/", "pdf/"])
def test_whoever_may_not_read_it_gets_no_paper(client, reader, make_article, more):
    for hidden in (make_article("Canary", audience="staff"), make_article("B", published=False)):
        for one in (client, reader):
            assert one.get(f"{hidden.get_absolute_url()}{more}").status_code == 404


def test_letters_of_many_languages_are_in_the_fonts():
    from reportlab.pdfbase import pdfmetrics

    pdf.render(sheet("<p>x</p>"))
    for name in (pdf.SANS, f"{pdf.SANS}-Bold", f"{pdf.SANS}-Oblique", pdf.MONO):
        has = pdfmetrics.getFont(name).face.charToGlyph
        letters = "äöüßÄÖÜéèçñąćęłńóśźżĄĆĘŁŃÓŚŹŻčřžőűșțğıαωжйїє€–“”„•→✓"
        assert [letter for letter in letters if ord(letter) not in has] == []


def test_a_picture_of_ours_is_in_it(reader, editor, make_article):
    article = make_article(published=False)
    file = actions.bring_file(check(picture()), article=article, by=editor)
    actions.revise(article, by=editor, title=article.title, body=f"Look:\n\n{file.in_text}")
    article = actions.publish(article, by=editor)

    with_picture = reader.get(f"{article.get_absolute_url()}pdf/").content
    assert b"/Subtype /Image" in with_picture


@pytest.mark.parametrize(
    "html",
    [
        '<img src="http://example.com/x.png" alt="a">',
        '<img src="file:///etc/passwd" alt="a">',
        '<img src="//example.com/x.png">',
        '<link href="http://example.com/x.css"><iframe src="http://example.com/"></iframe>',
        '<p style="background:url(http://example.com/x)">x</p>',
        "&lt;img src='http://example.com/x.png'/&gt;",
        "<p>&lt;/para&gt;&lt;b&gt; &amp;amp; <b>x</p>",
    ],
)
def test_nothing_is_fetched_and_nothing_breaks(monkeypatch, html):
    def refuse(*_args, **_more):
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert pdf.render(sheet(html)).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<table><tr></tr></table>",
        "<table><tr>" + "<td>x</td>" * 30 + "</tr></table>",
        f"<table><tr><th>a</th></tr><tr><td>{'word ' * 6000}</td></tr></table>",
        "<ul><li>" * 40 + "deep" + "</li></ul>" * 40,
        f"<p>{'x' * 20_000}</p>",
        f"<pre><code>{'y' * 5_000}</code></pre>",
        "<blockquote>" * 30 + "deep" + "</blockquote>" * 30,
        "<p><strong>a<em>b</strong>c</em></p>",
        "<ol start='99999999999999'><li>x</li></ol>",
        "<a href='javascript:alert(1)'>x</a>",
        f"<ol start='{'9' * 5_000}'><li>x</li></ol>",
    ],
    ids=range(12),
)
def test_odd_texts_make_a_pdf_all_the_same(html):
    data = pdf.render(sheet(html))

    assert data.startswith(b"%PDF-")
    assert b"javascript" not in data


@pytest.mark.parametrize("raw", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n" + b"0" * 50])
def test_a_broken_picture_leaves_its_words(raw):
    html = '<p><img src="/kb/files/a/b.png" alt="Settings"></p>'

    assert pdf.render(sheet(html, picture=lambda _address: BytesIO(raw))).startswith(b"%PDF-")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_picture_takes_no_more_than_paper_shows(kind):
    raw = BytesIO()
    Image.effect_noise((6_000, 3_000), 80).save(raw, kind)

    data = pdf.render(sheet('<img src="/kb/files/a/b">', picture=lambda _address: raw))

    assert b"/Width 1500" in data
    assert b"/Height 750" in data


def test_of_many_pictures_the_last_are_words(monkeypatch):
    opened = []

    def one(address):
        opened.append(address)
        return BytesIO(picture().read())

    monkeypatch.setattr(pdf, "MOST_PICTURES", 3)
    data = pdf.render(sheet('<p><img src="/kb/files/a/b.png" alt="x"></p>' * 5, picture=one))

    assert len(opened) == 3
    assert data.startswith(b"%PDF-")


def test_while_others_are_made_for_long_nobody_waits_on(reader, make_article, monkeypatch):
    article = make_article()
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    address = f"{article.get_absolute_url()}pdf/"

    with pdf._table:
        answer = reader.get(address)

    assert answer.status_code == 503
    assert "Try again" in answer.content.decode()
    assert reader.get(address).status_code == 200
