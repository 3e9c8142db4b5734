"""The log: append-only, chained, and the whole truth about a ticket."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Event, Ticket
from incidents.tickets.rebuild import broken_link, compare, rebuild


@pytest.fixture
def storied(ticket, agent, requester, other_category):
    actions.take(ticket, by=agent)
    actions.categorise(ticket, category=other_category, by=agent)
    actions.note(ticket, "ACL", by=agent)
    actions.transition(ticket, to="waiting_requester", text="Better?", by=agent)
    actions.reply(ticket, "No", by=requester)
    actions.resolve(ticket, "Done", code="fixed", by=agent)
    actions.reopen(ticket, "Still", by=requester)
    actions.resolve(ticket, "Now", code="workaround", by=agent)
    actions.confirm(ticket, by=requester)
    return Ticket.objects.get(pk=ticket.pk)


def test_events_are_numbered_without_gaps(storied):
    numbers = list(storied.events.order_by("number").values_list("number", flat=True))

    assert numbers == list(range(1, len(numbers) + 1))
    assert storied.version == numbers[-1]


def test_the_row_equals_what_the_log_tells(storied):
    assert compare(storied, rebuild(storied)) == []


def test_the_chain_holds(storied):
    assert broken_link(storied) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tickets_event SET data = '{\"set\": {}}' WHERE id = %s",
        "UPDATE tickets_event SET is_public = NOT is_public WHERE id = %s",
        "UPDATE tickets_event SET kind = 'noted' WHERE id = %s",
        "UPDATE tickets_event SET number = number + 100 WHERE id = %s",
        "DELETE FROM tickets_event WHERE id = %s",
    ],
)
def test_any_tampering_is_found(storied, change):
    from django.db import connection

    second = storied.events.order_by("number")[1]
    with connection.cursor() as cursor:
        cursor.execute(change, [second.pk])

    assert broken_link(storied) is not None


def test_code_can_neither_change_nor_remove_events(storied):
    event = storied.events.first()
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()
    with pytest.raises(TypeError):
        Event.objects.update(kind="noted")
    with pytest.raises(TypeError):
        Event.objects.filter(pk=event.pk).delete()


def test_data_holds_keys_and_raw_values_never_words_of_people(storied, agent, requester):
    text = str(
        list(storied.events.exclude(kind__in=["filed", "retitled"]).values_list("data", flat=True))
    )

    for words in ("ACL", "Better?", agent.display_name, requester.display_name):
        assert words not in text


# Marks ------------------------------------------------------------------------------------------------


def test_a_log_cut_short_together_with_its_row_is_found_by_the_mark(storied):
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from incidents.tickets import marking
    from incidents.tickets.rebuild import all_breaks

    assert marking.mark_tickets(timezone.now()) is None, "what is young is left for tomorrow"
    assert marking.mark_tickets(timezone.now() + timedelta(hours=2)) is not None
    assert list(marking.unlike_the_marks()) == []
    last = storied.events.order_by("-number")[0]
    before = storied.events.get(number=last.number - 1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM notify_delivery WHERE event_id = %s", [last.pk])
        cursor.execute("DELETE FROM tickets_event WHERE id = %s", [last.pk])
        cursor.execute(
            "UPDATE tickets_ticket SET version = %s, log_head = %s WHERE id = %s",
            [before.number, before.hash, storied.pk],
        )

    assert list(all_breaks()) == []
    assert "1 are missing" in next(marking.unlike_the_marks())


def test_one_ticket_is_verified_alone(storied, make_ticket):
    import io

    from django.core.management import CommandError, call_command
    from django.db import connection

    other = make_ticket("Another")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_event SET origin = origin, is_public = NOT is_public WHERE ticket_id = %s", [other.pk])  # fmt: skip

    out = io.StringIO()
    call_command("verify_log", ticket=storied.ref, stdout=out)
    assert "0 broken logs" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("verify_log", ticket=other.ref, stdout=out)
    with pytest.raises(CommandError):
        call_command("verify_log", ticket="INC-999999", stdout=out)
    with pytest.raises(CommandError):
        call_command("verify_log", since="soon", stdout=out)
