"""Merging: a ticket goes on in another one, nothing can be done with it any more, and nobody sees more than before."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.errors import InvalidInput, NotAllowed
from incidents.notify.models import Delivery
from incidents.tickets import actions, rebuild, timeline
from incidents.tickets.errors import IllegalTransition, Merged
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Attachment, Category, Follower, Message, Ticket
from tests.conftest import make_person
from tests.incidents.tickets.uploads import text_file
from tests.threads import together


@pytest.fixture
def target(make_ticket, requester):
    return make_ticket("VPN is down in Lyon", by=requester)


@pytest.fixture
def double(make_ticket, other_requester):
    return make_ticket("Tunnel does not come up", by=other_requester)


@pytest.fixture
def merged(double, target, agent):
    return actions.merge(double, into=target, by=agent)


def events(ticket, *kinds):
    return list(ticket.events.of_kind(*kinds).order_by("number"))


def agrees():
    return list(rebuild.all_differences()) == []


# What it does ---------------------------------------------------------------------------------------------


def test_the_merged_ticket_is_closed_and_both_logs_tell(merged, target):
    target.refresh_from_db()
    assert (merged.status, merged.is_open, merged.merged_into_id) == ("closed", False, target.pk)
    assert merged.resolution_code == "duplicate"
    (here,), (there,) = events(merged, Kind.MERGED), events(target, Kind.MERGED)
    assert (here.data["other"], here.data["back"]) == (target.number, False)
    assert (there.data["other"], there.data["back"], there.is_public) == (
        merged.number,
        True,
        False,
    )
    assert agrees()


def test_nobody_outside_the_desk_is_told(merged, requester, other_requester):
    told = Delivery.objects.filter(event__kind=Kind.MERGED)
    assert not told.filter(recipient__in=[requester, other_requester]).exists()


def test_with_a_tick_its_requester_is_told_once_by_mail_and_bell(
    double, target, agent, requester, other_requester
):
    actions.merge(double, into=target, by=agent, tell=True)

    told = Delivery.objects.filter(event__kind=Kind.MERGED)
    assert {(row.recipient, row.channel) for row in told} == {
        (other_requester, "mail"),
        (other_requester, "bell"),
    }


def test_whoever_had_the_merged_ticket_hears_it_at_the_bell(double, target, agent, lead):
    actions.take(double, by=lead)

    actions.merge(double, into=target, by=agent)

    told = Delivery.objects.filter(event__kind=Kind.MERGED)
    assert [(row.recipient, row.channel) for row in told] == [(lead, "bell")]


def test_merging_again_into_the_same_ticket_records_nothing(merged, target, agent):
    actions.merge(merged, into=target, by=agent)

    assert len(events(merged, Kind.MERGED)) == len(events(target, Kind.MERGED)) == 1


def test_its_requester_is_added_only_by_a_tick(double, target, make_ticket, agent, other_requester):
    actions.merge(double, into=target, by=agent)
    assert not Ticket.objects.visible_to(other_requester).filter(pk=target.pk).exists()

    another = make_ticket("Same here", by=other_requester)
    actions.merge(another, into=target, by=agent, follow=True)
    assert Ticket.objects.visible_to(other_requester).filter(pk=target.pk).exists()


# Who is affected ----------------------------------------------------------------------------------------------


def test_everybody_who_has_it_is_counted_once(double, target, make_ticket, agent, requester):
    joined = make_person("Ida Finch")
    actions.offer(double, on=True, by=agent)
    actions.join(double, by=joined)
    own = make_ticket("Once more", by=requester)

    actions.merge(double, into=target, by=agent)
    actions.merge(own, into=target, by=agent)

    target.refresh_from_db()
    assert target.affected_count == 3  # both requesters, and who joined
    assert agrees()


def test_who_is_counted_already_is_not_counted_again_by_joining(
    merged, target, agent, other_requester
):
    actions.offer(target, on=True, by=agent)
    actions.join(target, by=other_requester)
    target.refresh_from_db()
    assert target.affected_count == 2

    actions.unfollow(target, who=other_requester, by=other_requester)
    target.refresh_from_db()
    assert target.affected_count == 2
    assert agrees()


def test_taking_it_out_counts_them_no_longer(merged, target, agent):
    actions.unmerge(merged, by=agent)

    target.refresh_from_db()
    assert target.affected_count == 1
    assert agrees()


# Afterwards ---------------------------------------------------------------------------------------------------

STAFFS = {
    "note": lambda t, by: actions.note(t, "n", by=by),
    "reply": lambda t, by: actions.reply(t, "r", by=by),
    "take": lambda t, by: actions.take(t, by=by),
    "release": lambda t, by: actions.release(t, by=by),
    "resolve": lambda t, by: actions.resolve(t, "r", code="fixed", by=by),
    "transition": lambda t, by: actions.transition(t, to="open", by=by),
    "reopen": lambda t, by: actions.reopen(t, "r", by=by),
    "retitle": lambda t, by: actions.retitle(t, "r", by=by),
    "tag": lambda t, by: actions.tag(t, add=["a"], by=by),
    "categorise": lambda t, by: actions.categorise(t, category=t.category, by=by),
    "set_service": lambda t, by: actions.set_service(t, service=None, by=by),
    "set_type": lambda t, by: actions.set_type(t, type="request", by=by),
    "set_priority": lambda t, by: actions.set_priority(t, impact="many", by=by),
    "move": lambda t, by: actions.move(t, to=t.team, by=by),
    "offer": lambda t, by: actions.offer(t, on=True, by=by),
    "follow": lambda t, by: actions.follow(t, who=by, by=by),
    "draft_article": lambda t, by: actions.draft_article(t, by=by),
}


@pytest.mark.parametrize("verb", STAFFS)
def test_every_verb_of_staff_refuses_and_leads_on(merged, target, agent, verb):
    with pytest.raises(Merged, match=target.ref):
        STAFFS[verb](merged, agent)


@pytest.mark.parametrize("verb", ["confirm", "withdraw", "reopen", "follow"])
def test_its_requester_is_refused_without_a_word_of_the_other(
    merged, target, agent, other_requester, verb
):
    words = {"reopen": ("Still.",)}.get(verb, ())
    more = {"who": agent} if verb == "follow" else {}
    with pytest.raises(Merged) as refusal:
        getattr(actions, verb)(merged, *words, by=other_requester, **more)

    assert target.ref not in refusal.value.message
    assert "together with another report" in refusal.value.message


def test_a_merged_ticket_is_not_linked_or_split(merged, target, agent):
    with pytest.raises(Merged):
        actions.link(target, to=merged, kind="related", by=agent)
    with pytest.raises(Merged):
        actions.split(merged.messages.get(), title="Another", by=agent)


def test_who_gets_its_updates_may_still_leave(double, target, agent, requester):
    actions.follow(double, who=requester, by=agent)
    actions.merge(double, into=target, by=agent)

    actions.unfollow(double, who=requester, by=requester)

    assert not Follower.objects.filter(ticket=double).exists()


# What its requester still writes ----------------------------------------------------------------------------------


def test_a_reply_stays_on_its_ticket_and_staff_read_it_on_the_other(
    merged, target, agent, other_requester
):
    actions.take(target, by=agent)

    actions.reply(merged, "Now the printer, too.", by=other_requester, files=[text_file()])

    (forwarded,) = events(target, Kind.FORWARDED)
    assert not forwarded.is_public
    assert forwarded.data["other"] == merged.number
    assert Message.objects.get(body="Now the printer, too.").ticket == merged
    entry = timeline.for_staff(target, agent)[-1]
    assert (entry.message.body, entry.elsewhere) == ("Now the printer, too.", merged.ref)
    assert [file.name for file in entry.message.attachments_list] == ["log.txt"]
    assert agrees()


def test_whoever_has_the_other_ticket_hears_of_it(merged, target, agent, other_requester):
    actions.take(target, by=agent)

    actions.reply(merged, "Any news?", by=other_requester)

    (forwarded,) = events(target, Kind.FORWARDED)
    told = Delivery.objects.filter(event=forwarded)
    assert {(row.recipient, row.channel) for row in told} == {(agent, "mail"), (agent, "bell")}


def test_the_other_tickets_requester_reads_and_hears_nothing_of_it(
    merged, target, requester, other_requester
):
    seen = target.public_version

    actions.reply(merged, "My password is swordfish.", by=other_requester)

    target.refresh_from_db()
    said = [
        entry.message.body for entry in timeline.for_requester(target, requester) if entry.message
    ]
    assert "My password is swordfish." not in said
    assert target.public_version == seen
    assert not Delivery.objects.filter(recipient=requester, event__kind=Kind.FORWARDED).exists()


def test_nothing_more_is_taken_when_the_other_is_closed(
    merged, target, agent, requester, other_requester
):
    actions.resolve(target, "Done.", code="fixed", by=agent)
    actions.confirm(target, by=requester)

    with pytest.raises(IllegalTransition):
        actions.reply(merged, "Hello?", by=other_requester)


def test_it_can_be_followed_up(merged, target, category, other_requester):
    again = actions.file(
        "Again", by=other_requester, description="Still.", category=category, follows=merged
    )

    assert again.links.get().other == merged


# What staff say to all -----------------------------------------------------------------------------------------------


def test_a_reply_reaches_merged_requesters_on_their_own_ticket(
    merged, target, agent, other_requester
):
    actions.reply(target, "The gateway is back.", by=agent, also_merged=True)

    said = timeline.for_requester(merged, other_requester)[-1]
    assert said.message.body == "The gateway is back."
    assert said.message.ticket == merged
    assert Delivery.objects.filter(event=said.event, recipient=other_requester).count() == 2
    assert agrees()


def test_without_the_tick_it_does_not(merged, target, agent):
    actions.reply(target, "Hello Robin.", by=agent)

    assert not merged.messages.filter(body="Hello Robin.").exists()


def test_a_requester_can_not_write_to_the_merged_ones(merged, target, requester):
    actions.reply(target, "Secret.", by=requester, also_merged=True)

    assert not merged.messages.filter(body="Secret.").exists()


def test_the_solution_is_said_to_all(merged, target, agent, other_requester):
    actions.resolve(target, "Gateway replaced.", code="fixed", by=agent, also_merged=True)

    merged.refresh_from_db()
    assert merged.status == "closed"
    assert merged.messages.filter(body="Gateway replaced.", kind="reply").exists()


def test_who_has_several_of_them_is_told_once(make_ticket, target, agent, requester):
    doubles = [make_ticket(f"Again {n}", by=requester) for n in range(2)]
    for one in doubles:
        actions.merge(one, into=target, by=agent)

    actions.reply(target, "It is back.", by=agent, also_merged=True)

    told = Delivery.objects.filter(event__kind=Kind.REPLIED, recipient=requester, channel="mail")
    assert [row.event.ticket for row in told] == [target]
    assert Message.objects.filter(body="It is back.").count() == 3


def test_files_go_with_it(merged, target, agent):
    actions.reply(target, "See this.", by=agent, files=[text_file()], also_merged=True)

    names = Attachment.objects.filter(ticket=merged).values_list("name", flat=True)
    assert list(names) == ["log.txt"]


def test_what_became_confidential_since_is_not_said_to_others(merged, target, agent, team):
    secret = Category.objects.create(
        name="Staff matters",
        slug="staff",
        is_confidential=True,
        is_confined=True,
        default_team=team,
    )
    actions.categorise(target, category=secret, by=agent)

    actions.reply(target, "It was Robin's salary.", by=agent, also_merged=True)

    assert not merged.messages.filter(body__contains="salary").exists()


# Undoing ---------------------------------------------------------------------------------------------------------------


def test_it_is_again_as_it_was(double, target, agent, other_requester):
    actions.take(double, by=agent)
    actions.transition(double, to="waiting_requester", text="Where?", by=agent)
    actions.merge(double, into=target, by=agent)
    actions.reply(double, "In Lyon.", by=other_requester)

    back = actions.unmerge(double, by=agent)

    assert (back.status, back.merged_into, back.resolution_code) == ("waiting_requester", None, "")
    assert back.closed_at is None
    assert back.assignee == agent
    assert "In Lyon." in [entry.message.body for entry in timeline.for_staff(target, agent) if entry.message]  # fmt: skip
    assert agrees()


def test_on_the_last_of_thirty_days_it_can_still_be_undone(merged, agent):
    last = merged.closed_at + timedelta(days=30) - timedelta(minutes=1)
    back = actions.unmerge(merged, by=agent, at=last)

    assert (back.status, back.merged_into) == ("new", None)


def test_after_thirty_days_it_can_not_be_undone(merged, agent):
    with pytest.raises(IllegalTransition, match="30 days"):
        actions.unmerge(merged, by=agent, at=timezone.now() + timedelta(days=31))


def test_what_is_not_merged_can_not_be_taken_out(target, agent):
    with pytest.raises(IllegalTransition):
        actions.unmerge(target, by=agent)


def test_others_may_neither_merge_nor_undo(merged, target, make_ticket, requester, other_agent):
    with pytest.raises(NotAllowed):
        actions.unmerge(merged, by=requester)
    with pytest.raises(NotAllowed):
        actions.merge(make_ticket(), into=target, by=other_agent)


# Chains, borders, races --------------------------------------------------------------------------------------------------


def test_merging_into_a_merged_ticket_goes_to_its_end(merged, target, make_ticket, agent):
    third = actions.merge(make_ticket("Third"), into=merged, by=agent)

    assert third.merged_into == target


def test_a_chain_forwards_to_its_end_and_counts_everybody(
    merged, target, make_ticket, agent, other_requester
):
    whole = make_ticket("All of Lyon", by=make_person("Ida Finch"))
    actions.merge(target, into=whole, by=agent)

    actions.reply(merged, "Hello.", by=other_requester)

    whole.refresh_from_db()
    assert whole.affected_count == 3
    assert len(events(whole, Kind.FORWARDED)) == 1
    assert not events(target, Kind.FORWARDED)

    actions.unmerge(merged, by=agent)
    whole.refresh_from_db()
    target.refresh_from_db()
    assert (whole.affected_count, target.affected_count) == (2, 1)
    assert agrees()


def test_two_tickets_can_not_be_merged_into_each_other(merged, target, agent):
    with pytest.raises(
        IllegalTransition, match=f"{merged.ref} was merged into this ticket already"
    ):
        actions.merge(target, into=merged, by=agent)


def test_a_merged_ticket_is_not_merged_elsewhere(merged, target, make_ticket, agent):
    with pytest.raises(Merged, match=target.ref):
        actions.merge(merged, into=make_ticket("Third"), by=agent)


def test_not_into_itself_nor_what_is_closed(target, make_ticket, agent, requester):
    closed = actions.withdraw(make_ticket("Never mind"), by=requester)

    with pytest.raises(InvalidInput):
        actions.merge(target, into=target, by=agent)
    with pytest.raises(IllegalTransition):
        actions.merge(target, into=closed, by=agent)
    with pytest.raises(IllegalTransition):
        actions.merge(closed, into=target, by=agent)


def test_not_over_the_border_of_a_private_team(target, make_ticket, private_team, agent):
    hidden = make_ticket("Break-in", team=private_team)
    both = make_person("Uma Reed", ("agent", private_team), ("agent", target.team))

    for one, other in ((hidden, target), (target, hidden)):
        with pytest.raises(NotAllowed):
            actions.merge(one, into=other, by=agent)
        with pytest.raises(InvalidInput, match="same people read both"):
            actions.merge(one, into=other, by=both)


def test_nor_between_confidential_and_open(target, make_ticket, team, agent):
    secret = Category.objects.create(
        name="Staff matters",
        slug="staff",
        is_confidential=True,
        is_confined=True,
        default_team=team,
    )
    hidden = make_ticket("Pay slip", category=secret)

    with pytest.raises(InvalidInput, match="same people read both"):
        actions.merge(hidden, into=target, by=agent)
    assert actions.merge(make_ticket("Another", category=secret), into=hidden, by=agent)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_two_tickets_into_each_other_exactly_one_wins(target, double, agent):
    """FIREBREAK_MERGES makes them as many as the issue asks."""
    for _again in range(int(os.environ.get("FIREBREAK_MERGES", "5"))):
        said = together(2, crosswise(target, double, agent))

        assert sorted(map(bool, said)) == [False, True]
        assert "merged" in max(said)
        actions.unmerge(Ticket.objects.get(merged_into__isnull=False), by=agent)
    assert agrees()


def crosswise(one, other, by):
    """Called twice: the one into the other, then the other into the one; what was refused, in words."""
    pairs = [(one, other), (other, one)]

    def do():
        first, second = pairs.pop()
        try:
            actions.merge(first, into=second, by=by)
        except IllegalTransition as refusal:
            return refusal.message
        return ""

    return do
