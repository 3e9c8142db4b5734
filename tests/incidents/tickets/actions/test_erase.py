"""Taking words out of tickets for good: what goes, what stays, and that the log still verifies."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.errors import NotAllowed, Refused
from accounts.files import check
from incidents.tickets import actions, rebuild, search
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Attachment, DeskReading, Event, Message, Ticket
from tests.conftest import make_person

CANARY = "zyxcanaryzyx"


def everything_said():
    """All texts and JSON of all tables about tickets, the index of their words included."""
    search.forget_deleted()
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("tickets_", "ticket_doc")):
                cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
                found += [(table, str(row)) for row in cursor.fetchall() if CANARY in str(row)]
    return found


@pytest.fixture
def talked(ticket, requester, agent, lead, django_capture_on_commit_callbacks):
    """A ticket on which everybody said the word."""
    actions.take(ticket, by=agent)
    actions.reply(ticket, f"{CANARY} me", by=requester, files=[check(SimpleUploadedFile(f"{CANARY}.txt", b"hello"))])  # fmt: skip
    actions.note(ticket, f"{CANARY} staff", by=agent)
    actions.retitle(ticket, f"{CANARY} title", by=agent)
    actions.add_steps(ticket, [f"{CANARY} step"], by=agent)
    cause = actions.state_hypothesis(ticket, f"{CANARY} cause", by=agent)
    actions.add_evidence(
        ticket, cause.pk, url=f"https://x.example/{CANARY}", label=CANARY, by=agent
    )
    actions.spend(ticket, 5, note=CANARY, by=agent)
    actions.set_priority(ticket, override=1, reason=CANARY, by=agent)
    actions.resolve(ticket, f"{CANARY} done", code="fixed", by=agent)
    actions.confirm(ticket, by=requester)
    actions.rate(ticket, score=4, comment=CANARY, by=requester)
    return Ticket.objects.get(pk=ticket.pk)


def figures(ticket):
    row = Ticket.objects.get(pk=ticket.pk)
    return (
        row.message_count, row.file_count, row.minutes_spent, row.created_at, row.resolved_at, row.closed_at,
        row.updated_at, row.priority, row.status, row.ratings.get().score,
    )  # fmt: skip


def test_what_an_agent_wrote_goes_and_what_others_wrote_stays(talked, agent, requester, admin):
    assert actions.erase_words_of(agent, talked, by=admin)

    said = " ".join(talked.messages.values_list("body", flat=True))
    assert f"{CANARY} me" in said
    assert f"{CANARY} staff" not in said
    assert "Text removed on" in said
    row = Ticket.objects.get(pk=talked.pk)
    assert row.title == "Title removed"
    assert Attachment.objects.filter(ticket=talked).count() == 1


def test_of_a_requester_title_and_description_go_too(talked, requester, admin):
    actions.erase_words_of(requester, talked, by=admin)

    row = Ticket.objects.get(pk=talked.pk)
    assert row.title == "Title removed"
    assert not row.messages.filter(body__contains=f"{CANARY} me").exists()
    assert "VPN keeps dropping" not in json.dumps(list(row.events.values_list("data", flat=True)))
    assert row.messages.get(kind=Message.Kind.DESCRIPTION).removed_at


def test_after_everybody_is_erased_the_word_is_nowhere(talked, agent, requester, admin):
    before = figures(talked)
    for person in (agent, requester):
        actions.erase_words_of(person, talked, by=admin)

    assert everything_said() == []
    assert figures(talked) == before


def test_the_chain_and_the_rows_still_agree(talked, agent, requester, admin):
    for person in (agent, requester):
        actions.erase_words_of(person, talked, by=admin)

    assert list(rebuild.all_breaks()) == list(rebuild.all_differences()) == []


def test_who_changes_an_erased_event_once_more_is_found(talked, requester, admin):
    actions.erase_words_of(requester, talked, by=admin)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_event SET data = '{\"set\": {}}' WHERE ticket_id = %s AND number = 1",
            [talked.pk],
        )

    [found] = rebuild.all_breaks()
    assert (found.number, found.reason) == (1, "its data was changed")


def test_who_blanks_an_event_without_an_erasure_is_found(talked):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_event SET data = '{\"set\": {}}' WHERE ticket_id = %s AND number = 1",
            [talked.pk],
        )

    assert len(list(rebuild.all_breaks())) == 1


def test_erasing_again_changes_and_records_nothing(talked, agent, admin):
    assert actions.erase_words_of(agent, talked, by=admin)
    assert not actions.erase_words_of(agent, talked, by=admin)

    assert talked.events.of_kind(Kind.ERASED).count() == 1


def test_it_is_no_news_to_who_had_read_everything(talked, agent, lead, admin):
    DeskReading.objects.update_or_create(
        ticket=talked, user=lead, defaults={"version": talked.version}
    )
    actions.erase_words_of(agent, talked, by=admin)

    row = Ticket.objects.get(pk=talked.pk)
    assert DeskReading.objects.get(ticket=talked, user=lead).version == row.version
    assert row.updated_at == talked.updated_at


def test_files_are_gone_from_the_store_after_the_commit(
    talked, requester, admin, django_capture_on_commit_callbacks
):
    stored = Attachment.objects.get(ticket=talked).file
    assert stored.storage.exists(stored.name)
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase_words_of(requester, talked, by=admin)

    assert not stored.storage.exists(stored.name)


@pytest.mark.parametrize("who", ["requester", "agent", "manager"])
def test_only_who_may_erase_does(who, talked, agent, request):
    with pytest.raises(NotAllowed):
        actions.erase_words_of(agent, talked, by=request.getfixturevalue(who))


# By age -----------------------------------------------------------------------------------------------


def test_an_old_ticket_loses_all_words_and_whose_it_was(talked, requester, admin):
    stand_in = make_person("Former employee", is_active=False)
    before = figures(talked)

    assert actions.erase_for_age(talked, stand_in=stand_in, by=admin)

    assert everything_said() == []
    assert figures(talked) == before
    row = Ticket.objects.get(pk=talked.pk)
    assert (row.requester, row.reporter) == (stand_in, stand_in)
    assert not Ticket.objects.visible_to(requester).filter(pk=talked.pk).exists()
    assert not Event.objects.filter(ticket=talked, actor=requester).exists()
    assert list(rebuild.all_breaks()) == list(rebuild.all_differences()) == []


def test_an_open_ticket_is_never_old_enough(ticket, admin):
    with pytest.raises(Refused):
        actions.erase_for_age(ticket, stand_in=make_person("Former employee"), by=admin)


def test_aging_again_changes_nothing(talked, admin):
    stand_in = make_person("Former employee", is_active=False)
    assert actions.erase_for_age(talked, stand_in=stand_in, by=admin)
    assert not actions.erase_for_age(talked, stand_in=stand_in, by=admin)


# Names in notes ---------------------------------------------------------------------------------------


def test_notes_that_name_somebody_have_the_new_name(ticket, agent, lead, admin):
    actions.note(ticket, f"@[{lead.display_name}](person:{lead.pk}) look", by=agent)
    message = ticket.messages.get(kind="note")
    lead.display_name = "Former employee 7"
    lead.save()

    assert actions.rename_mentions(lead, 0, message.pk, by=admin) == 1
    message.refresh_from_db()
    assert message.body == f"@[Former employee 7](person:{lead.pk}) look"
    assert actions.rename_mentions(lead, message.pk, message.pk + 10, by=admin) == 0


def test_pages_of_an_erased_ticket_open(talked, agent, requester, admin, client_of):
    actions.erase_words_of(requester, talked, by=admin)

    desk = client_of(agent).get(f"/desk/tickets/{talked.ref}/").content.decode()
    assert "Text removed on" in desk
    assert "Title removed" in desk
    assert "removed what somebody wrote here" in desk
    own = client_of(requester).get(f"/tickets/{talked.ref}/").content.decode()
    assert "Text removed on" in own
    assert "removed what somebody wrote here" not in own
