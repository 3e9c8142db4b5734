"""How it went: by the person who had the problem, once for every time the ticket was closed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import InvalidInput, NotAllowed, Refused
from incidents.tickets import actions, rebuild, timeline
from incidents.tickets.actions.record import record
from incidents.tickets.errors import AlreadyRated, IllegalTransition
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Rating
from incidents.workflow.states import Status


@pytest.fixture
def resolved(ticket, agent):
    return actions.resolve(ticket, "Restarted the gateway.", code="fixed", by=agent)


@pytest.fixture
def closed(resolved, requester):
    return actions.confirm(resolved, by=requester)


def close_again(ticket, requester):
    """What a later release or an import may do: open a closed ticket, and close it."""
    ticket.refresh_from_db()
    for kind, status in ((Kind.STATUS_CHANGED, Status.OPEN), (Kind.CLOSED, Status.CLOSED)):
        record(ticket, kind, by=requester, changes={"status": status.value})


def test_the_requester_says_how_it_went(closed, requester):
    rating = actions.rate(closed, score=4, by=requester)

    event = closed.events.latest("number")
    assert (rating.score, rating.by, rating.comment) == (4, requester, "")
    assert rating.closing == closed.events.get(kind=Kind.CLOSED).number
    assert (event.kind, event.is_public) == (Kind.RATED, False)
    assert event.data == {"rating": rating.pk, "score": 4, "with_comment": False}


def test_the_words_stay_out_of_the_log(closed, requester):
    actions.rate(closed, score=2, by=requester, comment="Took three weeks.")

    assert "three weeks" not in str(list(closed.events.values_list("data", flat=True)))
    assert Rating.objects.get().comment == "Took three weeks."


def test_the_same_score_again_changes_and_records_nothing(closed, requester):
    actions.rate(closed, score=4, by=requester)
    actions.rate(closed, score=4, by=requester)

    assert closed.events.of_kind(Kind.RATED).count() == Rating.objects.count() == 1


def test_another_score_is_refused_as_given_already(closed, requester):
    actions.rate(closed, score=4, by=requester)

    with pytest.raises(AlreadyRated, match="You already told us"):
        actions.rate(closed, score=1, by=requester)
    assert Rating.objects.get().score == 4


def test_a_comment_is_added_once_afterwards(closed, requester):
    rating = actions.rate(closed, score=5, by=requester)

    actions.comment_rating(rating, "  Kind and quick.\r\n", by=requester)
    actions.comment_rating(rating, "Kind and quick.", by=requester)

    assert Rating.objects.get().comment == "Kind and quick."
    later = closed.events.latest("number")
    assert later.data["later"]
    assert closed.events.of_kind(Kind.RATED).count() == 2
    with pytest.raises(AlreadyRated):
        actions.comment_rating(rating, "Something else.", by=requester)


def test_a_comment_that_comes_with_the_same_score_is_not_lost(closed, requester):
    actions.rate(closed, score=5, by=requester)
    actions.rate(closed, score=5, by=requester, comment="Thanks.")

    assert Rating.objects.get().comment == "Thanks."


def test_only_the_person_who_had_the_problem_is_asked(
    make_ticket, requester, other_requester, agent, lead
):
    ticket = make_ticket(by=other_requester, requester=requester)
    actions.follow(ticket, who=lead, by=agent)
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    ticket = actions.confirm(ticket, by=other_requester)

    for person in (other_requester, agent, lead):
        with pytest.raises(NotAllowed):
            actions.rate(ticket, score=5, by=person)
    rating = actions.rate(ticket, score=5, by=requester)
    with pytest.raises(NotAllowed):
        actions.comment_rating(rating, "Not mine.", by=other_requester)


def test_who_left_the_company_is_not_asked(closed, requester):
    requester.is_active = False

    with pytest.raises(NotAllowed):
        actions.rate(closed, score=5, by=requester)


def test_an_open_ticket_has_nothing_to_rate(ticket, requester, agent):
    with pytest.raises(IllegalTransition):
        actions.rate(ticket, score=5, by=requester)
    actions.resolve(ticket, "Done.", code="fixed", by=agent)
    with pytest.raises(IllegalTransition):
        actions.rate(ticket, score=5, by=requester)


def test_who_took_the_report_back_is_not_asked(ticket, requester):
    actions.withdraw(ticket, by=requester)

    with pytest.raises(IllegalTransition):
        actions.rate(ticket, score=5, by=requester)


def test_a_team_that_does_not_ask_gets_no_answer(closed, requester, team):
    team.asks_rating = False
    team.save()

    with pytest.raises(Refused, match="Nobody is asked"):
        actions.rate(closed, score=5, by=requester)


def test_a_ticket_of_no_team_is_asked_about(make_ticket, requester, manager):
    ticket = make_ticket(category=None)
    actions.resolve(ticket, "Done.", code="fixed", by=manager)
    ticket = actions.confirm(ticket, by=requester)

    assert actions.rate(ticket, score=3, by=requester).score == 3


def test_after_two_months_nobody_is_asked(closed, requester):
    with pytest.raises(Refused, match="Nobody is asked"):
        actions.rate(closed, score=5, by=requester, at=timezone.now() + timedelta(days=61))


@pytest.mark.parametrize("score", [0, 6, -1, 55])
def test_there_are_five_scores(closed, requester, score):
    with pytest.raises(InvalidInput):
        actions.rate(closed, score=score, by=requester)
    assert not Rating.objects.exists()


def test_a_comment_has_an_end(closed, requester):
    with pytest.raises(InvalidInput, match="2,000"):
        actions.rate(closed, score=1, by=requester, comment="x" * 2001)
    rating = actions.rate(closed, score=1, by=requester, comment="x" * 2000)

    assert len(rating.comment) == 2000


def test_closed_once_more_it_is_asked_once_more(closed, requester):
    first = actions.rate(closed, score=1, by=requester)

    close_again(closed, requester)

    with pytest.raises(IllegalTransition):
        actions.rate(closed, score=5, by=requester, closing=first.closing)
    second = actions.rate(closed, score=5, by=requester)
    assert second.closing > first.closing
    assert sorted(closed.ratings.values_list("score", flat=True)) == [1, 5]


def test_the_database_holds_one_a_closing_too(closed, requester):
    rating = actions.rate(closed, score=1, by=requester)
    rating.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        rating.save(force_insert=True)


def test_staff_read_score_and_comment_in_the_history_and_the_requesters_side_reads_neither(
    closed, requester, agent, other_requester
):
    actions.follow(closed, who=other_requester, by=agent)
    rating = actions.rate(closed, score=2, by=requester)
    actions.comment_rating(rating, "Nobody called.", by=requester)

    told = [entry for entry in timeline.for_staff(closed, agent) if entry.event.kind == Kind.RATED]
    assert ["Bad" in entry.sentence for entry in told] == [True, False]
    assert [entry.comment for entry in told] == ["", "Nobody called."]
    for person in (requester, other_requester, agent):
        kinds = {entry.event.kind for entry in timeline.for_requester(closed, person)}
        assert Kind.RATED not in kinds


def test_the_log_still_tells_the_ticket(closed, requester):
    actions.rate(closed, score=2, by=requester, comment="So so.")
    closed.refresh_from_db()

    assert rebuild.compare(closed, rebuild.rebuild(closed)) == []
    assert list(rebuild.all_breaks()) == []


def test_ratings_are_seen_with_their_tickets(closed, requester, agent, other_agent, manager):
    actions.rate(closed, score=2, by=requester)

    seen = {
        person: Rating.objects.seen_as_staff_by(person).count()
        for person in (requester, agent, other_agent, manager)
    }
    assert seen == {requester: 0, agent: 1, other_agent: 0, manager: 1}
