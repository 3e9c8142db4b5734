"""Files: what is taken, what is refused and why, and who may fetch them."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.errors import BadFile
from accounts.files import check, clean_name
from incidents.tickets import actions
from tests.incidents.tickets.uploads import picture, text_file


def given(name, content=b"x"):
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures_are_encoded_again_by_us(kind):
    upload = check(picture(f"a.{kind.lower()}", kind))

    assert upload.content_type == f"image/{kind.lower()}"
    assert Image.open(upload.content).size == (4, 3)


def test_what_hides_in_a_picture_does_not_survive():
    raw = picture().read() + b"<script>alert(1)</script>"

    assert b"script" not in check(given("a.png", raw)).content.read()


def test_metadata_is_dropped():
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "52.5200 N canary"
    Image.new("RGB", (2, 2)).save(out, "JPEG", exif=exif)

    assert b"canary" not in check(given("a.jpg", out.getvalue())).content.read()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("run.exe", b"MZ", "not taken"),
        ("page.html", b"<html>", "not taken"),
        ("draw.svg", b"<svg/>", "not taken"),
        (".htaccess", b"x", "not taken"),
        ("noending", b"x", "not taken"),
        ("a.png", b"<html>", "broken"),
        ("a.png", b"\x89PNG\r\n\x1a\nrubbish", "broken"),
        ("a.pdf", b"MZ", "broken"),
        ("a.docx", b"not a zip", "broken"),
        ("a.txt", b"a\x00b", "broken"),
        ("a.txt", b"", "empty"),
    ],
)
def test_what_is_refused_is_named_with_the_reason(name, content, why):
    with pytest.raises(BadFile, match=why):
        check(given(name, content))


def test_too_large_says_how_large_is_allowed(settings):
    settings.ATTACHMENT_MAX_BYTES = 10
    with pytest.raises(BadFile, match="10"):
        check(given("a.txt", b"x" * 11))


def test_a_bomb_of_pixels_is_refused():
    out = io.BytesIO()
    Image.new("1", (30000, 30000)).save(out, "PNG")

    with pytest.raises(BadFile):
        check(given("bomb.png", out.getvalue()))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\x\u202egnp.exe.txt", "xgnp.exe.txt"),
        ("a\r\nb.txt", "ab.txt"),
        ('he said "hi".PNG', "he said hi.png"),
        ("\x00.txt", "file.txt"),
        ("x" * 500 + ".pdf", "x" * 120 + ".pdf"),
        ("Überblick März.pdf", "Überblick März.pdf"),
    ],
)
def test_names_are_cleaned(name, clean):
    assert clean_name(name) == clean


@pytest.fixture
def public_file(ticket, requester):
    event = actions.reply(ticket, "See file", by=requester, files=[text_file()])
    return ticket.attachments.get(pk=event.data["files"][0])


@pytest.fixture
def internal_file(ticket, agent):
    event = actions.note(ticket, "See file", by=agent, files=[text_file("trace.log")])
    return ticket.attachments.get(pk=event.data["files"][0])


def test_the_stored_name_is_ours_and_the_mode_is_closed(public_file):
    path = Path(public_file.file.path)

    assert path.is_relative_to(settings.MEDIA_ROOT)
    assert public_file.name not in str(path)
    assert path.stat().st_mode & 0o007 == 0


def test_a_file_follows_its_message(
    public_file, internal_file, client_of, requester, other_requester, agent, other_agent
):
    table = {
        requester: (200, 404),
        agent: (200, 200),
        other_requester: (404, 404),
        other_agent: (404, 404),
    }
    for person, expected in table.items():
        client = client_of(person)
        assert (
            tuple(
                client.get(f.get_absolute_url()).status_code for f in (public_file, internal_file)
            )
            == expected
        )


def test_a_file_without_a_session_leads_to_signing_in(public_file, client):
    assert client.get(public_file.get_absolute_url()).status_code == 302


def test_files_are_downloads_and_inert(public_file, client_of, requester):
    answer = client_of(requester).get(public_file.get_absolute_url())

    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_only_our_own_pictures_are_shown_inline(ticket, requester, client_of):
    event = actions.reply(ticket, "See", by=requester, files=[check(picture())])
    shown = ticket.attachments.get(pk=event.data["files"][0])
    client = client_of(requester)

    assert client.get(shown.get_absolute_url())["Content-Disposition"].startswith("inline;")
    assert client.get(shown.get_absolute_url() + "?download")["Content-Disposition"].startswith(
        "attachment;"
    )


def test_a_wrong_token_is_not_found(client_of, requester, public_file):
    assert (
        client_of(requester).get("/files/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/log.txt").status_code
        == 404
    )


def test_a_phone_photo_with_a_second_picture_behind_it_is_taken():
    out = io.BytesIO()
    first, second = Image.new("RGB", (8, 6), "teal"), Image.new("RGB", (4, 3))
    first.save(out, "MPO", save_all=True, append_images=[second])

    upload = check(given("photo.jpg", out.getvalue()))

    assert Image.open(upload.content).size == (8, 6)


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_comments_are_dropped(kind):
    out = io.BytesIO()
    Image.new("RGB", (2, 2)).save(out, kind, comment=b"canary")

    assert b"canary" in out.getvalue()
    assert b"canary" not in check(given(f"a.{kind.lower()}", out.getvalue())).content.read()
