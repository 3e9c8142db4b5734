"""Staff find tickets by what is written on them, each among the tickets they see as staff."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Team, User
from incidents.tickets import actions, search
from incidents.tickets.models import Category, Message, Ticket
from incidents.tickets.search import Question, documents, finding
from knowledge.search import engine
from tests.conftest import make_person

Make = Callable[..., Ticket]

HOSTILE = [
    "", " ", "\x00", "C++", "c#", "a@b.c", "AND", "NEAR(", 'x" OR "', '"', "';--", "vpn*", "title:vpn", "-vpn", "(vpn",
    "vpn & | ! <->", ":*", "\\", "ticket#12", "%", "_", "\ud800", "💥", "INC-", "INC-0", "INC-99999999999999999999",
    "99999999999999999999", "١٢٣", "²", "x" * 10_000, "vpn " * 3_000, "ab-" * 3_000, "\x02vpn\x03",
]  # fmt: skip


def found(words: str, user: Any, **options: Any) -> list[Ticket]:
    hits = search.find(words, user=user, **options).hits
    return [Ticket.objects.get(pk=hit.pk) for hit in hits]


def everything(results: search.Results) -> str:
    return repr([results.total_label, [(h.title, h.snippet) for h in results.hits]]).lower()


# What is found ---------------------------------------------------------------------------------------------


def test_what_is_written_on_a_ticket_is_found(ticket: Ticket, requester: User, agent: User):
    actions.reply(ticket, "The heron flew away.", by=requester)
    actions.note(ticket, "Ask the badger.", by=agent)
    actions.resolve(ticket, "Fed the squirrel.", code="fixed", by=agent)
    actions.reopen(ticket, "The magpie is back.", by=requester)

    for word in ("dropping", "minutes", "heron", "badger", "squirrel", "magpie", "heron magpie"):
        assert found(word, agent) == [ticket], word


def test_all_words_must_be_on_the_ticket(make_ticket: Make, agent: User):
    make_ticket("VPN drops")
    both = make_ticket("VPN drops in the train")

    assert found("vpn train", agent) == [both]


def test_a_match_in_the_title_comes_first_and_of_equals_the_newest(make_ticket: Make, agent: User):
    titled = make_ticket("Heron on the roof")
    older = make_ticket("Bird", description="A heron.")
    newer = make_ticket("Bird", description="A heron.")

    assert found("heron", agent) == [titled, newer, older]


def test_the_last_word_may_be_half_typed(ticket: Ticket, agent: User):
    assert found("vpn drop", agent) == [ticket]
    assert found("vp dropping", agent) == []


def test_other_forms_hyphens_and_accents_do_not_matter(make_ticket: Make, agent: User):
    ticket = make_ticket("Café Wi-Fi", description="“Disconnects” from srv_files.example.com/a.")

    for words in ("cafe wi-fi", "disconnecting", "srv", "files example", "example.com"):
        assert found(words, agent) == [ticket], words


@pytest.mark.parametrize("typed", ["{}", "INC-{}", "inc-{}", " inc {} "])
def test_a_number_finds_its_ticket_before_all_that_mention_it(
    make_ticket: Make, agent: User, typed: str
):
    ticket = make_ticket("VPN")
    other = make_ticket(f"Same as INC-{ticket.number}")

    assert found(typed.format(ticket.number), agent) == [ticket, other]


def test_a_new_title_replaces_the_old(ticket: Ticket, agent: User):
    actions.note(ticket, "Ask the badger.", by=agent)
    actions.retitle(ticket, "Heron trouble", by=agent)

    assert found("vpn", agent) == []
    assert found("heron badger", agent) == [ticket]


def test_a_long_conversation_is_found_as_far_as_there_is_room(ticket: Ticket, agent: User):
    words = " ".join(f"w{number}" for number in range(8_000))
    for text in ("badger", words, words[::-1], "heron"):
        actions.note(ticket, text, by=agent)
    actions.retitle(ticket, "Squirrel", by=agent)

    assert found("badger squirrel", agent) == [ticket]
    assert found("heron", agent) == []


def test_matches_are_marked(ticket: Ticket, agent: User):
    actions.note(
        ticket, "Long story. " * 40 + "The *tunnel* restarts. " + "And on. " * 40, by=agent
    )

    (hit,) = search.find("vpn tunnel restart", user=agent).hits

    assert hit.title == "\x02VPN\x03 keeps dropping"
    assert "\x02tunnel\x03* \x02restarts\x03" in hit.snippet
    assert len(hit.snippet) < 260


def test_the_limit_cuts_hits_but_not_the_count(make_ticket: Make, agent: User):
    for _ in range(4):
        make_ticket()

    results = search.find("vpn", user=agent, limit=2)

    assert (len(results.hits), results.total_label) == (2, "4")


def test_the_number_of_queries_does_not_grow(
    make_ticket: Make, agent: User, django_assert_max_num_queries: Any
):
    for _ in range(12):
        make_ticket()
    assert agent.permits

    with django_assert_max_num_queries(1):
        assert len(search.find("vpn dropping", user=agent).hits) == 12


def test_an_event_with_text_costs_at_most_two_statements(
    ticket: Ticket, agent: User, django_assert_max_num_queries: Any
):
    for event in (
        actions.note(ticket, "Ask the badger.", by=agent),
        ticket.events.get(number=1),
        actions.retitle(ticket, "Heron trouble", by=agent).events.order_by("-number")[0],
        actions.assign(ticket, to=agent, by=agent).events.get(kind="assigned"),
    ):
        with django_assert_max_num_queries(2):
            documents.index(event)


# Hostile --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_text_never_fails(ticket: Ticket, agent: User, typed: str):
    assert len(found(typed, agent)) <= 1


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=60))
def test_no_text_fails(db: None, manager: User, text: str):
    search.find(text, user=manager)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_message_fails(ticket: Ticket, agent: User, body: str):
    actions.note(ticket, body + " badger", by=agent)

    assert found("badger", agent) == [ticket]


# Who finds what ---------------------------------------------------------------------------------------------


@pytest.fixture
def private_ticket(private_team: Team, make_ticket: Make) -> Ticket:
    category = Category.objects.create(name="Fraud", slug="fraud", default_team=private_team)
    return make_ticket("Canarybird stolen", description="The canarybird.", category=category)


def test_only_staff_find_tickets(ticket: Ticket, requester: User, editor: User):
    for user in (AnonymousUser(), requester, editor):
        for words in ("vpn", str(ticket.number), ticket.ref):
            assert search.find(words, user=user) == search.Results()


def test_each_finds_the_tickets_of_their_teams(
    make_ticket: Make, other_category: Category, agent: User, other_agent: User, auditor: User
):
    ours = make_ticket("VPN on the laptop")
    theirs = make_ticket("Laptop without VPN", category=other_category)
    nobodys = make_ticket("VPN, laptop", category=None)

    assert set(found("vpn laptop", agent)) == {ours, nobodys}
    assert set(found("vpn laptop", other_agent)) == {theirs, nobodys}
    assert set(found("vpn laptop", auditor)) == {ours, theirs, nobodys}


@pytest.mark.parametrize(
    "words", ["canarybird", "canaryb", "stolen canarybird", "{number}", "INC-{number}"]
)
def test_tickets_of_a_private_team_are_found_in_that_team_only(
    private_ticket: Ticket, private_team: Team, agent: User, manager: User, admin: User, words: str
):
    words = words.format(number=private_ticket.number)
    member = make_person("Hazel Stoat", ("agent", private_team))

    assert found(words, member) == [private_ticket]
    for outsider in (agent, manager, admin):
        assert search.find(words, user=outsider) == search.Results()


def test_ones_own_ticket_in_another_team_is_not_found_as_staff(
    make_ticket: Make, other_category: Category, agent: User
):
    ticket = make_ticket("Canarybird", by=agent, category=other_category)

    assert search.find("canarybird", user=agent) == search.Results()
    assert search.find(ticket.ref, user=agent) == search.Results()


def test_the_text_of_a_note_is_found_by_staff_of_the_ticket_only(
    ticket: Ticket, agent: User, other_agent: User, requester: User, manager: User
):
    actions.note(ticket, "The canarybird is the cause.", by=agent)

    for user in (agent, manager):
        assert "canarybird" in everything(search.find("canarybird", user=user))
    for user in (requester, other_agent, AnonymousUser()):
        assert search.find("canarybird", user=user) == search.Results()


def test_a_ticket_that_was_moved_is_found_in_its_new_team_only(
    ticket: Ticket, other_team: Team, lead: User, agent: User, other_agent: User
):
    actions.move(ticket, to=other_team, by=lead)

    assert found("vpn", agent) == []
    assert found("vpn", other_agent) == [ticket]


# All at once --------------------------------------------------------------------------------------------------


def test_bulk_index_makes_the_same_documents(make_ticket: Make, agent: User):
    first, second = make_ticket(), make_ticket("Heron on the roof")
    actions.note(second, "Ask the badger.", by=agent)
    engine.run("DELETE FROM ticket_document")
    assert found("vpn", agent) == []

    search.bulk_index([first.pk, second.pk])
    search.bulk_index([first.pk, second.pk])

    assert found("vpn", agent) == [first]
    assert found("heron badger", agent) == [second]


def test_an_event_mends_a_document_that_is_missing(ticket: Ticket, agent: User):
    engine.run("DELETE FROM ticket_document")
    actions.note(ticket, "Ask the badger.", by=agent)

    assert found("vpn badger", agent) == [ticket]


def test_reindex_reads_every_ticket_again(ticket: Ticket, agent: User):
    Message.objects.filter(ticket=ticket).update(body="A heron instead.")
    call_command("reindex", "tickets", stdout=StringIO())

    assert found("heron", agent) == [ticket]
    assert found("minutes", agent) == []


def test_older_matches_are_found_where_the_newest_have_none(
    make_ticket: Make, agent: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(finding, "READ_FROM", 0)
    monkeypatch.setattr(finding, "NEWEST", 2)
    monkeypatch.setattr(finding, "COUNTED", 3)
    herons = [make_ticket("Heron") for _ in range(5)]
    for _ in range(4):
        make_ticket("VPN")

    assert found("heron", agent) == herons[:1:-1]
    assert len(found("vpn", agent)) == 3


def test_on_a_very_large_desk_the_oldest_are_found_too(
    make_ticket: Make, agent: User, monkeypatch: pytest.MonkeyPatch
):
    for name, value in (("READ_FROM", 0), ("NEWEST", 2), ("WIDEST", 0)):
        monkeypatch.setattr(finding, name, value)
    old = [make_ticket("Grey heron"), make_ticket("Grey heron", impact="many", urgency="stop")]
    for _ in range(4):
        make_ticket("VPN")

    assert found("heron", agent) == old[::-1]
    assert found(Question(phrases=("grey heron",)), agent) == old[::-1]
    assert found(Question("heron", among=Q(priority=1)), agent) == old[1:]
    assert found(Question("vpn", without=("heron",)), agent, limit=9)[0].title == "VPN"
    first = search.find("heron", user=agent, limit=1)
    assert first.more is not None
    assert found("heron", agent, after=first.more) == old[:1]
    assert found("badger", agent) == []


def test_finding_nothing_costs_one_statement_more_at_most(
    ticket: Ticket, agent: User, django_assert_max_num_queries: Any
):
    assert agent.permits
    for words, most in (("badger", 2), ('vpn "keeps dropping"', 2), (str(ticket.number), 3)):
        with django_assert_max_num_queries(most):
            search.find(words, user=agent)


# Phrases, exclusions, filters -----------------------------------------------------------------------------


def test_a_phrase_stands_together(make_ticket: Make, agent: User):
    together = make_ticket("The red heron flew")
    make_ticket("Heron in a red shirt")

    assert found(Question(phrases=("red heron",)), agent) == [together]


def test_a_phrase_reaches_into_notes(ticket: Ticket, agent: User):
    actions.note(ticket, "Ask the grey badger.", by=agent)

    assert found(Question(words="vpn", phrases=("grey badger",)), agent) == [ticket]
    assert found(Question(phrases=("badger grey",)), agent) == []


def test_what_must_not_stand_there(make_ticket: Make, agent: User):
    plain = make_ticket("VPN drops")
    make_ticket("VPN drops in the train")
    other = make_ticket("Heron", description="On the roof.")

    assert found(Question(words="vpn", without=("train",)), agent) == [plain]
    assert found(Question(without=("vpn",)), agent) == [other]
    assert found(Question(words="vpn", without=("the train",)), agent) == [plain]


def test_filters_narrow_inside_the_query(make_ticket: Make, agent: User):
    urgent = make_ticket("VPN", impact="many", urgency="stop")
    make_ticket("VPN")

    assert found(Question("vpn", among=Q(priority=1)), agent) == [urgent]
    assert found(Question(among=Q(priority=1)), agent) == [urgent]
    assert search.find(Question("vpn", among=Q(priority=1)), user=agent).total == 1


def test_filters_never_widen_what_is_seen(
    make_ticket: Make, other_category: Category, agent: User, requester: User
):
    make_ticket("VPN", category=other_category)

    for user in (agent, requester):
        assert search.find(Question(among=Q(pk__gt=0)), user=user) == search.Results()
        assert search.find(Question("vpn", among=~Q(pk=0)), user=user) == search.Results()
        assert search.find(Question(without=("heron",)), user=user) == search.Results()


def test_pages_follow_each_other_without_gaps(make_ticket: Make, agent: User):
    tickets = [make_ticket("Heron" if n % 2 else "Bird", description="A heron.") for n in range(7)]
    pages, after = [], None
    while True:
        results = search.find("heron", user=agent, limit=3, after=after)
        pages += [hit.pk for hit in results.hits]
        assert results.total == 7
        after = results.more
        if not after:
            break

    titled, others = tickets[1::2], tickets[0::2]
    assert pages == [ticket.pk for ticket in [*titled[::-1], *others[::-1]]]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_phrases_and_exclusions_never_fail(ticket: Ticket, agent: User, typed: str):
    typed = typed[:300]
    for question in (Question(phrases=(typed,)), Question(without=(typed,)), Question("vpn", (typed,), (typed,))):  # fmt: skip
        assert len(search.find(question, user=agent).hits) <= 1


def test_excerpts_read_as_text_and_not_as_markup(ticket: Ticket, agent: User):
    text = "## Seen\n\n- `gw-vpn-1` **restarts**\n> [log](https://example.com/log) of it"
    actions.note(ticket, text, by=agent)

    (hit,) = search.find("restarts", user=agent).hits

    assert "Seen gw-vpn-1 \x02restarts\x03 log of it" in hit.snippet
