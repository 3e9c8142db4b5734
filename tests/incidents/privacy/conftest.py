"""Somebody who wrote a word that nobody else writes into everything that people can write into."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from accounts import actions as accounts
from accounts import audit
from accounts.actions.record import record_changed, snapshot
from accounts.files import check
from accounts.models import Absence, Invitation, Role
from incidents.desk.models import (
    BulkRun,
    CannedReply,
    DeskSettings,
    Gap,
    Handover,
    Macro,
    SavedView,
)
from incidents.notify.models import Choice
from incidents.portal.models import Avoided
from incidents.tickets import actions
from incidents.tickets.models import ChecklistItem, Draft, Ticket
from knowledge.models import ArticleDraft, Feedback, Search, Subscription
from tests.conftest import make_person

CANARY = "zyxcanaryzyx"


def found_anywhere(*words):
    """Rows of any table that hold one of these words, raw, as (table, word)."""
    hits = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (names of our tables)
            for row in cursor.fetchall():
                said = str(row).lower()
                hits += [(table, word) for word in words if word.lower() in said]
    return sorted(set(hits))


@pytest.fixture
def leaver(department):
    """An agent with a name of their own, who also reports."""
    return make_person(
        "Zyxname Canary", email="zyxname.canary@example.com", phone="0171 zyxphone",
        location="zyxroom", department=department,
    )  # fmt: skip


@pytest.fixture
def colleague(team):
    return make_person("Bo Lark", ("agent", team))


@pytest.fixture
def everywhere(leaver, colleague, admin, team, category, article_of_theirs, client_of):
    """The word in every place; the ticket that is theirs, and the one that they worked on."""
    accounts.grant(leaver, role=Role.objects.get(slug="agent"), team=team, by=admin)
    own = actions.file(
        f"{CANARY} title", by=leaver, description=CANARY, category=category,
        files=[check(SimpleUploadedFile(f"{CANARY}.txt", b"hello"))],
    )  # fmt: skip
    other = actions.file("Printer", by=colleague, description="Paper", category=category)
    actions.take(other, by=leaver)
    actions.note(other, f"{CANARY} note", by=leaver)
    actions.reply(other, f"{CANARY} reply", by=leaver)
    actions.retitle(other, f"{CANARY} retitled", by=leaver)
    steps = actions.add_steps(other, [CANARY, "Ask around"], by=leaver)
    ChecklistItem.objects.filter(pk=steps[1].pk).update(
        done_by=leaver, done_at=timezone.now(), skipped_because=f"{CANARY} skipped"
    )
    cause = actions.state_hypothesis(other, CANARY, by=leaver)
    actions.add_evidence(other, cause.pk, url=f"https://x.example/{CANARY}", label=CANARY, by=leaver)  # fmt: skip
    actions.spend(other, 5, note=CANARY, by=leaver)
    actions.set_priority(other, override=1, reason=f"{CANARY} reason", by=leaver)
    actions.note(own, f"@[{leaver.display_name}](person:{leaver.pk}) asks", by=colleague)
    actions.resolve(other, CANARY, code="fixed", by=leaver)
    actions.take(own, by=colleague)
    actions.resolve(own, "Done", code="fixed", by=colleague)
    actions.confirm(own, by=leaver)
    actions.rate(own, score=2, comment=CANARY, by=leaver)
    _beside(leaver, article_of_theirs)
    Invitation.objects.create(person=leaver, by=admin)
    Handover.objects.create(person=leaver, by=admin, refused=[[CANARY, f"{CANARY} may not"]])
    _in_the_logs(leaver, admin, client_of)
    return Ticket.objects.get(pk=own.pk), Ticket.objects.get(pk=other.pk)


def _beside(leaver, article):
    now = timezone.now()
    Draft.objects.create(user=leaver, form="reply", text={"body": [CANARY]})
    ArticleDraft.objects.create(user=leaver, form={"body": [CANARY]}, changed_at=now)
    Absence.objects.create(user=leaver, starts_on=now, ends_on=now, note=CANARY)
    Avoided.objects.create(user=leaver, article=article, words=CANARY, day=now)
    Search.objects.create(user=leaver, words=CANARY, key=CANARY, language="en", found=0, at=now)
    Gap.objects.create(key="x", words=[CANARY, "others"], found_at=now)
    Feedback.objects.create(
        article=article, number=1, user=leaver, is_helpful=False, comment=CANARY, created_at=now
    )
    Subscription.objects.create(user=leaver, article=article)
    Choice.objects.create(user=leaver, topic="notes", channel="bell", is_wanted=False)
    DeskSettings.objects.create(user=leaver, start=CANARY)
    SavedView.objects.create(owner=leaver, name=CANARY, query=f"q={CANARY}")
    CannedReply.objects.create(owner=leaver, name=CANARY, body=CANARY)
    Macro.objects.create(owner=leaver, name=CANARY, description=CANARY)
    BulkRun.objects.create(by=leaver, act="note", given={"body": CANARY}, label=CANARY)
    EmailAddress.objects.create(user=leaver, email=leaver.email, verified=True, primary=True)
    TOTP.activate(leaver, generate_totp_secret())


def _in_the_logs(leaver, admin, client_of):
    before = snapshot(leaver)
    leaver.display_name = "Zyxformer Canary"
    leaver.save()
    record_changed(leaver, by=admin, before=before)
    client_of(leaver, HTTP_USER_AGENT="Firefox").get("/accounts/")
    client_of(admin).get(f"/admin/accounts/user/{leaver.pk}/change/")
    audit.note(audit.Kind.SIGNED_IN, by=leaver, about=leaver, address="203.0.113.77", browser="Firefox")  # fmt: skip
    audit.note(audit.Kind.SIGN_IN_FAILED, by=None, about=leaver, address="203.0.113.77")
    audit.note_export("audit_log", by=admin, asked={"who": leaver.email})


@pytest.fixture
def article_of_theirs(make_article):
    return make_article()
