"""Links: two logs, and parts that are resolved with their whole."""

import pytest

from accounts.errors import InvalidInput, NotAllowed
from incidents.notify.models import Delivery
from incidents.tickets import actions, rebuild
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Link


@pytest.fixture
def whole(make_ticket):
    return make_ticket("Line to Lyon is cut")


@pytest.fixture
def part(make_ticket, whole, agent, other_requester):
    ticket = make_ticket("No phone in Lyon", by=other_requester)
    return actions.link(ticket, to=whole, kind="child_of", by=agent, is_synced=True)


def test_both_logs_tell_and_a_link_that_is_there_is_not_made_again(ticket, whole, agent):
    for _twice in range(2):
        actions.link(ticket, to=whole, kind="caused_by", by=agent)

    assert Link.objects.count() == 1
    for one, back in ((ticket, False), (whole, True)):
        assert one.events.of_kind(Kind.LINKED).get().data["back"] is back


def test_that_parts_are_resolved_can_be_switched_by_linking_again(part, whole, agent):
    actions.link(part, to=whole, kind="child_of", by=agent, is_synced=False)

    assert not Link.objects.get().is_synced
    assert list(rebuild.all_differences()) == []


def test_resolving_the_whole_resolves_its_open_parts_with_the_same_words(
    part, whole, agent, other_requester
):
    actions.resolve(whole, "A new cable is in.", code="fixed", by=agent)

    part.refresh_from_db()
    assert (part.status, part.resolution_code) == ("resolved", "fixed")
    assert part.messages.get(kind="resolution").body == "A new cable is in."
    told = Delivery.objects.filter(recipient=other_requester, event__kind=Kind.RESOLVED)
    assert sorted(row.channel for row in told) == ["bell", "mail"]
    assert list(rebuild.all_differences()) == []


def test_parts_of_parts_follow_and_each_person_is_told_once(
    part, whole, make_ticket, agent, other_requester
):
    deeper = make_ticket("No fax in Lyon", by=other_requester)
    actions.link(deeper, to=part, kind="child_of", by=agent, is_synced=True)

    actions.resolve(whole, "A new cable is in.", code="fixed", by=agent)

    deeper.refresh_from_db()
    assert deeper.status == "resolved"
    told = Delivery.objects.filter(recipient=other_requester, event__kind=Kind.RESOLVED)
    assert sorted(row.channel for row in told) == ["bell", "mail"]


def test_what_is_only_linked_or_resolved_already_stays_as_it_is(whole, make_ticket, agent):
    linked, done = make_ticket("Linked"), make_ticket("Done")
    actions.link(linked, to=whole, kind="child_of", by=agent)
    actions.link(done, to=whole, kind="child_of", by=agent, is_synced=True)
    actions.resolve(done, "By itself.", code="workaround", by=agent)

    actions.resolve(whole, "A new cable is in.", code="fixed", by=agent)

    linked.refresh_from_db()
    done.refresh_from_db()
    assert (linked.status, done.resolution_code) == ("new", "workaround")


def test_reopening_the_whole_reopens_no_part(part, whole, agent, requester):
    actions.resolve(whole, "A new cable is in.", code="fixed", by=agent)

    actions.reopen(whole, "Cut again.", by=requester)

    part.refresh_from_db()
    assert part.status == "resolved"


def test_parts_that_one_does_not_work_on_stay_open(part, whole, other_team, lead, agent):
    actions.move(part, to=other_team, by=lead)

    actions.resolve(whole, "A new cable is in.", code="fixed", by=agent)

    part.refresh_from_db()
    assert part.is_open


@pytest.mark.parametrize("kind", ["related", "duplicate_of", "caused_by", "follow_up_of"])
def test_only_parts_are_resolved_together(ticket, whole, agent, kind):
    with pytest.raises(InvalidInput):
        actions.link(ticket, to=whole, kind=kind, by=agent, is_synced=True)


def test_a_whole_is_not_part_of_its_part(part, whole, agent):
    with pytest.raises(InvalidInput, match="part of this ticket already"):
        actions.link(whole, to=part, kind="child_of", by=agent)


def test_nobody_resolves_together_what_they_do_not_work_on_or_others_read(
    ticket, make_ticket, private_team, agent, auditor
):
    from tests.conftest import make_person

    both = make_person("Uma Reed", ("agent", private_team), ("agent", ticket.team))
    hidden = make_ticket("Break-in", team=private_team)
    with pytest.raises(NotAllowed):
        actions.link(ticket, to=hidden, kind="child_of", by=agent, is_synced=True)
    with pytest.raises(InvalidInput, match="same words"):
        actions.link(ticket, to=hidden, kind="child_of", by=both, is_synced=True)
