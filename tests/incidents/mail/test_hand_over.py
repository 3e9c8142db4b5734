"""A mail server hands over mail as it is, with the token of the mailbox; 202 means that it is stored."""

from types import SimpleNamespace

import pytest
from django.db import OperationalError

from accounts import limits
from incidents.mail import tokens, views
from incidents.mail.models import RawMail
from tests.incidents.mail.conftest import mail

RAW = mail(1)


@pytest.fixture
def token(it_help):
    return tokens.renew(it_help)


@pytest.fixture
def post(client, token):
    def do(raw=RAW, *, slug="it-help", given=None, **headers):
        return client.post(
            f"/mail/in/{slug}/", raw, content_type="message/rfc822",
            headers={"Authorization": f"Bearer {token if given is None else given}", **headers},
        )  # fmt: skip

    return do


def test_stores_the_mail_and_says_only_its_number(post):
    answer = post()

    kept = RawMail.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"id": kept.pk})
    assert kept.source == RAW
    assert kept.via == RawMail.Via.POST


def test_a_mail_that_is_handed_over_twice_is_one(post):
    assert post().json() == post().json()
    assert RawMail.objects.count() == 1


def test_answers_alike_whatever_is_wrong_with_who_asks(post, client, it_help):
    first = post(given="fbmail_wrong")
    others = [post(given=""), post(slug="no-such-box"), client.post("/mail/in/it-help/", RAW, content_type="text/plain")]  # fmt: skip
    it_help.is_active = False
    it_help.save()
    others.append(post())

    assert first.status_code == 401
    assert {(one.status_code, one.content) for one in others} == {(401, first.content)}
    assert not RawMail.objects.exists()


def test_a_new_token_ends_the_one_before(post, it_help):
    tokens.renew(it_help)

    assert post().status_code == 401


def test_a_mailbox_without_token_opens_to_nobody(client, it_help):
    for given in ("", "no token", "None"):
        answer = client.post(
            "/mail/in/it-help/", RAW, content_type="message/rfc822", headers={"Authorization": f"Bearer {given}"}
        )  # fmt: skip
        assert answer.status_code == 401


def test_the_token_is_kept_as_a_hash(it_help, token):
    it_help.refresh_from_db()

    assert token not in str(vars(it_help))
    assert len(it_help.token_hash) == 64


def test_takes_a_mail_of_the_largest_size_and_none_beyond(post, monkeypatch):
    monkeypatch.setattr(views, "LARGEST", len(RAW))

    assert post().status_code == 202
    assert post(RAW + b"x").status_code == 413
    assert RawMail.objects.count() == 1


def test_refuses_nothing_at_all(post):
    assert post(b"\r\n").status_code == 400


@pytest.mark.parametrize(
    "raw", [b"\x00\xff" * 500, b"no header at all", b"From: \xff\r\n\r\n", b"{}" * 10]
)
def test_takes_any_bytes(post, raw):
    assert post(raw).status_code == 202
    assert RawMail.objects.get().source == raw


def test_says_try_again_where_it_cannot_store(post, monkeypatch):
    def full(*given, **more):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(views, "keep", full)
    answer = post()

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert b"disk" not in answer.content


def test_limits_how_much_comes_at_once(post, monkeypatch):
    monkeypatch.setattr(views, "MOST_A_MINUTE", 2)
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_700_000_000.0))

    assert [post(mail(n)).status_code for n in range(3)] == [202, 202, 429]


def test_limits_who_tries_tokens(post, monkeypatch):
    monkeypatch.setattr(views, "MOST_STRANGERS", 2)
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: 1_700_000_000.0))

    assert [post(given="x").status_code for _n in range(3)] == [401, 401, 429]
    assert post().status_code == 202


def test_is_for_posting_only(client, it_help):
    assert client.get("/mail/in/it-help/").status_code == 405
