"""How long mail as it came is kept: rules that administrators see, change and switch off as the others."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AdminChange
from incidents.mail.models import Mailbox, RawMail
from incidents.mail.store import keep
from incidents.privacy import jobs, retention
from incidents.privacy.models import RetentionRule

pytestmark = pytest.mark.django_db
URL = "/admin/retention/"
What = RetentionRule.What


@pytest.fixture
def mails():
    """An old and a young one on a ticket, and an old one of which nothing was made."""
    box = Mailbox.objects.create(name="IT", address="it@example.com")
    rows = [keep(box, f"From: a@example.com\n\n{n}".encode(), via="post")[0] for n in range(3)]
    for row, state, days in zip(rows, ("taken", "taken", "ignored"), (200, 20, 200), strict=True):
        received = timezone.now() - timedelta(days=days)
        RawMail.objects.filter(pk=row.pk).update(state=state, received_at=received)
    return rows


def rule(what):
    return RetentionRule.objects.get(what=what)


def left(mails):
    return [bool(RawMail.objects.get(pk=row.pk).source) for row in mails]


def test_they_are_there_and_on_from_the_beginning(client_of, admin, mails):
    page = client_of(admin).get(URL).text

    assert "Mail as it came, on tickets:\n            3 months" in page
    assert "Mail as it came, of which nothing was made:\n            1 month" in page
    assert page.count("This night it would take 1 mail away.") == 2

    jobs.retain()

    assert left(mails) == [False, True, False]
    assert "This night it would touch nothing." in client_of(admin).get(URL).text


def test_one_that_is_switched_off_keeps_everything(client_of, admin, mails):
    client, both = client_of(admin), (rule(What.MAIL), rule(What.UNUSED_MAIL))
    for one in both:
        client.post(f"{URL}rules/{one.pk}/switch/", {"on": "0"})

    jobs.retain()

    assert left(mails) == [True, True, True]
    assert AdminChange.objects.filter(kind="privacy.retentionrule").count() == 2


def test_another_time_is_looked_at_before_it_counts(client_of, admin, mails):
    client, former = client_of(admin), rule(What.MAIL)
    client.post(f"{URL}rules/{former.pk}/removal/")
    client.post(f"{URL}rules/", {"what": "mail", "months": 12})
    new = rule(What.MAIL)
    jobs.retain()
    assert left(mails)[:2] == [True, True]

    stale = {"on": "1", "seen": retention.mark_of(former)}
    assert client.post(f"{URL}rules/{new.pk}/switch/", stale).status_code == 409
    client.post(f"{URL}rules/{new.pk}/switch/", {"on": "1", "seen": retention.mark_of(new)})
    jobs.retain()

    assert left(mails)[:2] == [True, True]
    assert rule(What.MAIL).is_on


def test_they_have_no_category_and_are_there_once(client_of, admin, category):
    client = client_of(admin)

    for form in ({"what": "mail", "months": 6}, {"what": "unused", "months": 6, "category": category.pk}):  # fmt: skip
        assert client.post(f"{URL}rules/", form).status_code == 422


def test_who_may_not_erase_decides_nothing(client_of, auditor, manager):
    one = rule(What.MAIL)
    assert "Mail as it came" in client_of(auditor).get(URL).text
    for person in (auditor, manager):
        answer = client_of(person).post(f"{URL}rules/{one.pk}/switch/", {"on": "0"})
        assert answer.status_code == 403
    assert rule(What.MAIL).is_on
