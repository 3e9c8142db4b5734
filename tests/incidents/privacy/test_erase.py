"""Erasing a person: who may, what goes, what stays, and that both logs still verify."""

import io
from importlib import import_module

import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import actions as accounts
from accounts.actions.record import record_changed, snapshot
from accounts.administration import versions
from accounts.audit.verifying import verify
from accounts.errors import InvalidInput, NotAllowed, Refused
from accounts.jobs import send_reset_letter
from accounts.models import AccessToken, AdminChange, AuditEntry, Grant, Invitation, Role, User
from incidents.notify.models import (
    Acknowledgement,
    ChatAddress,
    ChatService,
    Choice,
    Delivery,
    Device,
)
from incidents.portal.models import FeedAddress
from incidents.privacy import actions, belongings, jobs
from incidents.privacy.actions.erase import _do_a_portion
from incidents.privacy.models import Erasure
from incidents.tickets import actions as tickets
from incidents.tickets import rebuild
from incidents.tickets.models import Rating, Ticket
from tests.conftest import make_person
from tests.incidents.privacy.conftest import CANARY, found_anywhere

WHO = ("zyxname", "zyxformer", "zyxphone", "zyxroom", "zyxname.canary@example.com", "203.0.113.77")


def erase(person, by, **given):
    erasure = actions.erase(person, by=by, **{"reason": "Asked for it", **given})
    return actions.go_on(erasure)


def test_with_words_neither_the_word_nor_the_name_is_left_anywhere(everywhere, leaver, admin):
    erasure = erase(leaver, admin, with_words=True)

    assert erasure.stage == "done"
    assert found_anywhere(CANARY, *WHO) == []


def test_without_words_the_texts_stay_and_the_name_goes(everywhere, leaver, admin):
    erase(leaver, admin)

    assert found_anywhere(*WHO) == []
    assert not Invitation.objects.exists()
    left = {table for table, _word in found_anywhere(CANARY)}
    assert "tickets_message" in left
    assert "desk_cannedreply" not in left
    assert "tickets_draft" not in left
    assert "desk_handover" not in left


def test_figures_stay(everywhere, leaver, admin):
    before = list(Ticket.objects.order_by("pk").values_list("message_count", "file_count", "minutes_spent", "resolved_at", "updated_at", "priority"))  # fmt: skip
    erase(leaver, admin, with_words=True)

    assert before == list(Ticket.objects.order_by("pk").values_list("message_count", "file_count", "minutes_spent", "resolved_at", "updated_at", "priority"))  # fmt: skip
    assert Rating.objects.get().score == 2


def test_both_logs_still_verify_and_say_how_much_was_blanked(everywhere, leaver, admin):
    erase(leaver, admin, with_words=True)

    assert list(rebuild.all_breaks()) == list(rebuild.all_differences()) == []
    verdict = verify()
    assert verdict.faults == []
    assert verdict.blanked > 0
    out = io.StringIO()
    call_command("verify_log", stdout=out)
    assert "2 erasures, 0 broken logs" in out.getvalue()


def test_the_account_can_do_nothing_any_more(everywhere, leaver, admin, client_of):
    client = client_of(leaver)
    client.get("/accounts/")
    erase(leaver, admin)

    leaver = User.objects.get(pk=leaver.pk)
    assert (leaver.display_name, leaver.email) == (
        f"Former employee {leaver.pk}", f"former-{leaver.pk}@erased.invalid",
    )  # fmt: skip
    assert not leaver.is_active
    assert not leaver.has_usable_password()
    assert leaver.department is not None
    assert not Grant.objects.filter(user=leaver).exists()
    assert not UserSession.objects.filter(user=leaver).exists()
    assert not Delivery.objects.filter(recipient=leaver).exists()
    assert client.get("/accounts/").status_code == 302


def test_the_audit_log_says_who_erased_whom_and_why(everywhere, leaver, admin):
    erase(leaver, admin, reason="Left in May")

    begun, done = AuditEntry.objects.filter(kind="erased").order_by("pk")
    assert (begun.actor, begun.about_key, begun.label) == (
        admin, str(leaver.pk), f"Former employee {leaver.pk}",
    )  # fmt: skip
    assert begun.data["reason"] == "Left in May"
    assert done.data["done"]


def test_what_others_have_stays(everywhere, leaver, colleague, admin):
    erase(leaver, admin, with_words=True)

    _own, other = everywhere
    assert other.messages.filter(body="Paper").exists()
    assert colleague.display_name == User.objects.get(pk=colleague.pk).display_name
    assert AdminChange.objects.exists()


def test_it_goes_on_where_it_stopped(everywhere, leaver, admin, monkeypatch):
    erasure = actions.erase(leaver, by=admin, reason="Asked", with_words=True)
    portions = 0
    while erasure.stage != Erasure.Stage.DONE:
        erasure = _do_a_portion(erasure.pk)
        portions += 1
    assert portions > len(belongings.PLACES)
    assert found_anywhere(CANARY, *WHO) == []
    assert _do_a_portion(erasure.pk).done_at == erasure.done_at


def test_the_sweep_takes_up_what_was_lost(everywhere, leaver, admin):
    actions.erase(leaver, by=admin, reason="Asked")

    assert jobs.sweep() == 1
    assert jobs.sweep() == 0


def test_one_erasure_that_fails_does_not_stop_the_others(leaver, colleague, admin, monkeypatch):
    stuck = actions.erase(leaver, by=admin, reason="Asked")
    other = actions.erase(colleague, by=admin, reason="Asked")
    go_on = actions.go_on

    def go_on_but_one(erasure):
        if erasure == stuck:
            raise RuntimeError("broken")
        return go_on(erasure)

    monkeypatch.setattr(actions, "go_on", go_on_but_one)

    assert jobs.sweep() == 2
    other.refresh_from_db()
    assert other.done_at


def test_many_tickets_of_one_person_go_some_at_a_time(leaver, make_ticket, admin, monkeypatch):
    for number in range(5):
        make_ticket(f"{CANARY} {number}", by=leaver)
    module = import_module("incidents.privacy.actions.erase")
    blank, portions = module._blank_words, []

    def counted(erasure, keys):
        portions.append(len(keys))
        blank(erasure, keys)

    monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(module, "_blank_words", counted)

    erase(leaver, admin, with_words=True)

    assert max(portions) == 2
    assert found_anywhere(CANARY) == []


def test_an_erased_person_is_never_anybody_again(leaver, admin):
    before = snapshot(leaver)
    leaver.phone = "0171 other"
    leaver.save()
    record_changed(leaver, by=admin, before=before)
    erase(leaver, admin)
    leaver = User.objects.get(pk=leaver.pk)
    change = AdminChange.objects.get(kind="accounts.user", object_id=str(leaver.pk))

    for bring_back in (
        lambda: versions.put_back(change, by=admin),
        lambda: accounts.reactivate(leaver, by=admin),
        lambda: accounts.change_email(leaver, to="back@example.com", by=admin),
    ):
        with pytest.raises(Refused, match="erased for good"):
            bring_back()
    assert not User.objects.get(pk=leaver.pk).is_active


def test_erasing_again_changes_nothing(everywhere, leaver, admin):
    first = erase(leaver, admin, with_words=True)
    entries = AuditEntry.objects.count()

    assert actions.erase(leaver, by=admin, reason="Again", with_words=True) == first
    assert AuditEntry.objects.count() == entries


def test_words_that_were_kept_can_go_later(everywhere, leaver, admin):
    erase(leaver, admin)
    erase(leaver, admin, with_words=True)

    assert found_anywhere(CANARY, *WHO) == []
    assert verify().holds


# Who is not erased ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["requester", "agent", "manager", "auditor"])
def test_only_who_may_erase_does(who, leaver, request):
    with pytest.raises(NotAllowed):
        actions.erase(leaver, by=request.getfixturevalue(who), reason="Asked")


def test_nobody_erases_themselves_or_the_desk(admin):
    for person in (admin, User.objects.system()):
        with pytest.raises(Refused):
            actions.erase(person, by=admin, reason="Asked")


def test_the_last_administrator_stays(admin):
    role = Role.objects.create(name="Eraser", slug="eraser", permissions=["people.erase"])
    eraser = make_person("Hana Plover")
    Grant.objects.create(user=eraser, role=role)

    with pytest.raises(Refused):
        actions.erase(admin, by=eraser, reason="Asked")
    assert User.objects.get(pk=admin.pk).is_active


def test_who_has_open_work_hands_it_over_first(ticket, agent, admin):
    tickets.take(ticket, by=agent)

    with pytest.raises(Refused, match="1 open ticket"):
        actions.erase(agent, by=admin, reason="Asked")


def test_a_reason_is_needed(leaver, admin):
    with pytest.raises(InvalidInput):
        actions.erase(leaver, by=admin, reason=" ")


# Completeness -----------------------------------------------------------------------------------------


def test_every_link_to_a_person_has_its_decision():
    """Who adds a table with people decides in `belongings` what an erasure does with it."""
    decided = {place.key for place in belongings.PLACES} | belongings.POINTS_ONLY
    links = {
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.related_model is User
    }

    assert links - decided == set()


def test_what_opens_or_reaches_them_goes_with_them(agent, admin):
    service = ChatService.objects.create(name="SMS", address="json://x/{to}", is_on=True)
    _token, secret = accounts.make_token(agent, name="Backup", scopes=["tickets:read"], days=30, by=agent)  # fmt: skip
    SocialAccount.objects.create(user=agent, provider="https://idp.example", uid="s-1")
    FeedAddress.objects.create(user=agent, kind="calendar", digest="d")
    Device.objects.create(user=agent, name="Firefox", endpoint="https://push.example.com/x", mark="m", p256dh="p", auth="a", session_key="s", signed_in_until=timezone.now(), password_mark="w")  # fmt: skip
    ChatAddress.objects.create(user=agent, service=service, to="+4915123")
    Choice.objects.create(user=agent, topic="team", channel="mail", is_wanted=False)
    Acknowledgement.objects.create(address=agent.email, created_at=timezone.now(), due_at=timezone.now())  # fmt: skip
    send_reset_letter(agent.pk)
    begun = actions.erase(agent, by=admin, reason="Left")

    asked = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 401  # before the queue comes to it
    actions.go_on(begun)

    for model in (AccessToken, SocialAccount, FeedAddress, Device, ChatAddress, Choice, Acknowledgement, Delivery):  # fmt: skip
        assert not model.objects.exists(), model
