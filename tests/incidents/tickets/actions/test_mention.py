"""“@” in an internal note: who is named is told, if they may read it (G10)."""

import pytest

from incidents.notify.models import Delivery
from incidents.tickets import actions, timeline
from incidents.tickets.models import Mention, Ticket
from tests.conftest import make_person


def at(who):
    kind = "team" if hasattr(who, "slug") else "person"
    return f"@[{who}]({kind}:{who.pk})"


def named(ticket):
    return set(ticket.mentions.values_list("user", "team"))


def bells(person):
    return Delivery.objects.filter(recipient=person, channel="bell", event__kind="noted").count()


def test_a_person_is_named_and_hears_of_it(ticket, agent, lead):
    event = actions.note(ticket, f"Could you look, {at(lead)}?", by=agent)

    assert named(ticket) == {(lead.pk, None)}
    assert event.data["mentioned"] == [lead.pk]
    assert not event.is_public
    assert bells(lead) == 1


def test_a_team_is_its_people_and_each_is_told_once(ticket, agent, lead, team, manager):
    actions.note(ticket, f"{at(team)} {at(team)} {at(manager)}", by=agent)

    assert named(ticket) == {(lead.pk, team.pk), (manager.pk, None)}
    assert [bells(person) for person in (lead, manager, agent)] == [1, 1, 0]


def test_who_can_not_read_it_is_not_called(ticket, agent, requester, other_agent, editor):
    event = actions.note(ticket, " ".join(map(at, (requester, other_agent, editor))), by=agent)

    assert not Mention.objects.exists()
    assert "mentioned" not in event.data
    assert actions.overlooked(event.data["message"], event_text(event), by=agent) == ["Bea Otter", "Jules Marten", "Robin Kestrel"]  # fmt: skip
    assert [bells(person) for person in (requester, other_agent, editor)] == [0, 0, 0]


def test_a_team_that_does_not_see_it_is_not_called(ticket, agent, other_team, other_agent):
    actions.note(ticket, at(other_team), by=agent)

    assert not Mention.objects.exists()


def test_naming_oneself_or_nobody_tells_nobody(ticket, agent):
    actions.note(ticket, f"{at(agent)} @[Nobody](person:999999) @Robin", by=agent)

    assert not Mention.objects.exists()


def test_words_of_a_hold_are_a_note_too(ticket, agent, lead):
    actions.take(ticket, by=agent)
    actions.transition(ticket, to="waiting_other", text=f"{at(lead)} ordered it", by=agent)

    assert named(ticket) == {(lead.pk, None)}


def test_a_reply_calls_nobody(ticket, agent, lead):
    actions.reply(ticket, at(lead), by=agent)

    assert not Mention.objects.exists()


def test_the_name_is_as_it_is_now_and_escaped(ticket, agent, lead):
    actions.note(ticket, f"Ask {at(lead)}.", by=agent)
    lead.display_name = '<b onclick="x()">Noor'
    lead.save(update_fields=["display_name"])

    words = timeline.for_staff(ticket, agent)[-1].words
    assert '<span class="fb-mention">@&lt;b onclick=&quot;x()&quot;&gt;Noor</span>' in words


def test_ticket_numbers_are_links_for_who_may_open_them(
    make_ticket, ticket, agent, requester, other_category
):
    other, foreign = make_ticket("Same"), make_ticket("Elsewhere", category=other_category)
    actions.reply(ticket, f"As {other.ref}, `{other.ref}` and {foreign.ref}, INC-99999.", by=agent)

    staff = timeline.for_staff(ticket, agent)[-1].words
    assert staff.count(f'<a href="{other.desk_url}">{other.ref}</a>') == 1
    assert f"and {foreign.ref}, INC-99999." in staff
    theirs = timeline.for_requester(ticket, requester)[-1].words
    assert f'<a href="{foreign.get_absolute_url()}">{foreign.ref}</a>' in theirs


@pytest.mark.parametrize(
    "text",
    [
        '[x](https://example.org/ "@[a](person:1)")',
        "![@[a](person:1)](/files/x/y)",
        "[INC-1001](https://example.org/INC-1001)",
        "`@[a](person:1)` INC-1001",
        "**See INC-1001, *too***",
        '<span data-names="person:1">x</span>',
        "https://example.org/?q=INC-1001&r=@[a](person:1)",
    ],
)
def test_names_break_no_html(ticket, agent, text):
    agent.display_name = '"><img src=x onerror=pwned()>'
    agent.save(update_fields=["display_name"])
    actions.note(ticket, text.replace("person:1", f"person:{agent.pk}"), by=agent)

    words = timeline.for_staff(ticket, agent)[-1].words
    assert "<img src=x" not in words
    assert "data-names" not in words.replace("&lt;span data-names", "")


def test_seen_when_the_ticket_was_read(ticket, agent, lead):
    actions.note(ticket, at(lead), by=agent)
    actions.note_desk_reading(Ticket.objects.get(pk=ticket.pk), by=lead, version=2)

    assert not Mention.objects.filter(seen_at=None).exists()


def test_only_ones_own_are_seen(ticket, agent, lead, manager):
    actions.note(ticket, f"{at(lead)} {at(manager)}", by=agent)
    newest = Mention.objects.order_by("-pk")[0].pk

    assert actions.note_mentions_seen(by=lead, until=newest) == 1
    assert actions.note_mentions_seen(by=lead, until=newest) == 0
    assert list(Mention.objects.filter(seen_at=None).values_list("user", flat=True)) == [manager.pk]


def event_text(event):
    return event.ticket.messages.get(pk=event.data["message"]).body


def test_many_are_named_and_no_more_than_many(ticket, agent, team):
    for n in range(60):
        make_person(f"Agent {n}", ("agent", team))
    actions.note(ticket, at(team), by=agent)

    assert Mention.objects.count() == 50
