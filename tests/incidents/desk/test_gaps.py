"""Gaps: what people look for and report that no article answers, and what an editor does about them."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.desk import gaps
from incidents.desk.clusters import cluster, key_of
from incidents.desk.models import Gap
from incidents.tickets import actions
from knowledge.models import Article, ClosedGap, Search
from tests.conftest import make_person

pytestmark = pytest.mark.django_db
GAPS = "/desk/gaps/"


@pytest.fixture
def people(department):
    return [make_person(f"Person {n}", department=department) for n in range(4)]


def missed(words, *people, found=0, opened=None, days=1):
    at = timezone.now() - timedelta(days=days)
    for user in people:
        Search.objects.create(words=words, key=words.lower(), user=user, language="en", found=found, opened=opened, at=at)  # fmt: skip


@pytest.fixture
def resolved(make_ticket, agent):
    def make(title, by, **given):
        ticket = make_ticket(title, by=by, **given)
        return actions.resolve(ticket, "Done.", code="fixed", by=agent)

    return make


def titles(user):
    gaps.look(timezone.now())
    return [(one.title, one.people) for one in gaps.shown_to(user)]


def test_searches_without_a_hit_are_put_together_by_wording_most_people_first(people, editor):
    missed("badge does not open door", *people[:3])
    missed("door badges not opening", people[3])
    missed("lunch menu", *people[:2])
    missed("only me", people[0])

    assert titles(editor) == [("badge does not open door", 4), ("lunch menu", 2)]


def test_what_was_found_opened_or_long_ago_is_no_gap(people, editor, make_article):
    missed("vpn", *people, found=3)
    missed("mail", *people, opened=make_article())
    missed("old", *people, days=120)

    assert titles(editor) == []


def test_tickets_resolved_without_an_article_count_by_their_people(
    people, resolved, make_ticket, agent, make_article
):
    for person in people[:3]:
        resolved("Scanner eats paper", person)
    solved = make_ticket("Projector is dark", by=people[0])
    actions.resolve(solved, "Done.", code="fixed", by=agent, article=make_article())
    other = make_ticket("Projector is dark", by=people[1])
    actions.resolve(other, "Done.", code="fixed", by=agent, article=make_article("Two"))

    assert titles(agent) == [("Scanner eats paper", 3)]


def test_who_does_not_see_the_tickets_reads_nothing_of_them(
    people, resolved, other_agent, client_of
):
    for person in people[:3]:
        resolved("Scanner eats paper", person)
    gaps.look(timezone.now())
    client = client_of(other_agent)

    assert gaps.shown_to(other_agent) == []
    assert "Scanner" not in client.get(GAPS).content.decode()
    for part in ("article", "words", "closing"):
        assert client.post(
            f"{GAPS}{Gap.objects.get().pk}/{part}/", {"article": "x"}
        ).status_code in {404, 422}
    assert not Article.objects.exists()
    assert not ClosedGap.objects.exists()


def test_searches_and_tickets_meet_and_each_reader_counts_their_own(
    people, resolved, agent, other_agent
):
    missed("scanner eating paper", *people[:2])
    for person in people[2:]:
        resolved("Scanner eats paper", person)

    assert titles(agent) == [("scanner eating paper", 4)]
    assert titles(other_agent) == [("scanner eating paper", 2)]


def test_private_and_confidential_tickets_never_make_a_gap(
    people, make_ticket, private_team, category, manager, agent
):
    insider = make_person("Ina Sider", ("agent", private_team))
    for person in people[:3]:
        ticket = make_ticket("Laptop seized by police", by=person)
        actions.move(ticket, to=private_team, by=agent)
        actions.resolve(ticket, "Done.", code="fixed", by=insider)

    assert titles(insider) == []
    assert not Gap.objects.exists()


def test_a_ticket_that_becomes_private_later_is_gone_at_once(people, resolved, private_team, agent):
    tickets = [resolved("Scanner eats paper", person) for person in people[:3]]
    assert titles(agent) == [("Scanner eats paper", 3)]

    type(tickets[0]).objects.filter(pk__in=[one.pk for one in tickets]).update(team=private_team)

    assert gaps.shown_to(agent) == []


def test_write_this_starts_a_draft_with_peoples_words(people, editor, client_of):
    missed("badge does not open door", *people[:3])
    missed("door badges not opening", people[3])
    gaps.look(timezone.now())
    client = client_of(editor)
    assert "badge does not open door" in client.get(GAPS).content.decode()

    answer = client.post(f"{GAPS}{Gap.objects.get().pk}/article/")

    article = Article.objects.get()
    assert answer.url == f"/desk/kb/{article.slug}/"
    assert (article.title, article.state) == ("Badge does not open door", "draft")
    assert "- door badges not opening" in article.body
    assert "badge does not open door" not in client.get(GAPS).content.decode()
    assert titles(editor) == []


def test_add_synonym_gives_an_article_the_words(people, editor, client_of, make_article):
    article = make_article("Entry cards")
    missed("badge does not open door", *people[:3])
    gaps.look(timezone.now())

    client_of(editor).post(f"{GAPS}{Gap.objects.get().pk}/words/", {"article": "Entry cards"})

    article.refresh_from_db()
    assert "badge does not open door" in article.revisions.first().tags
    assert article.has_newer_draft
    assert article.tags == []
    assert ClosedGap.objects.filter(article=article).exists()
    assert gaps.shown_to(editor) == []


def test_titles_of_tickets_never_become_words_of_an_article(
    people, resolved, agent, client_of, make_article
):
    article = make_article("Entry cards")
    for person in people[:3]:
        resolved("Badge of R. Moss is blocked after dismissal", person)
    gaps.look(timezone.now())
    client = client_of(agent)
    assert "Add synonym" not in client.get(GAPS).content.decode()

    answer = client.post(f"{GAPS}{Gap.objects.get().pk}/words/", {"article": "Entry cards"})

    assert answer.status_code == 409
    assert [one.tags for one in article.revisions.all()] == [[]]


def test_titles_of_tickets_that_not_every_writer_sees_stay_out_of_the_draft(
    people, resolved, agent, other_agent, client_of
):
    for person in people[:3]:
        ticket = resolved("Badge is blocked", person)
    gaps.look(timezone.now())
    assert gaps.told_to_writers([ticket]) == []

    client_of(agent).post(f"{GAPS}{Gap.objects.get().pk}/article/")

    article = Article.objects.get()
    assert article.title == "What several tickets were about"
    assert "Badge" not in article.body
    assert ticket.ref in article.body


def test_titles_that_every_writer_sees_are_in_it(people, resolved, agent, client_of):
    for person in people[:3]:
        ticket = resolved("Badge is blocked", person)
    gaps.look(timezone.now())
    assert gaps.told_to_writers([ticket]) == [ticket]

    client_of(agent).post(f"{GAPS}{Gap.objects.get().pk}/article/")

    assert Article.objects.get().title == "Badge is blocked"
    assert "- Badge is blocked" in Article.objects.get().body


def test_a_second_click_on_write_this_leads_to_the_same_draft(people, editor, client_of):
    missed("badge does not open door", *people[:3])
    gaps.look(timezone.now())
    client, address = client_of(editor), f"{GAPS}{Gap.objects.get().pk}/article/"

    first, second = client.post(address), client.post(address)

    assert first.url == second.url
    assert Article.objects.count() == 1


def test_what_the_list_does_not_show_cannot_be_written_up(
    people, resolved, agent, other_agent, client_of
):
    missed("badge is blocked", people[0])
    resolved("Badge is blocked", people[1])
    gaps.look(timezone.now())
    assert gaps.shown_to(other_agent) == []

    answer = client_of(other_agent).post(f"{GAPS}{Gap.objects.get().pk}/article/")

    assert answer.status_code == 404
    assert not Article.objects.exists()


def test_an_article_that_is_not_there_is_said(people, editor, client_of):
    missed("badge does not open door", *people[:3])
    gaps.look(timezone.now())

    answer = client_of(editor).post(f"{GAPS}{Gap.objects.get().pk}/words/", {"article": "Nothing"})

    assert answer.status_code == 422
    assert gaps.shown_to(editor)


def test_not_needed_stays_away_in_every_wording(people, editor, client_of):
    missed("badge does not open door", *people[:3])
    missed("door badges not opening", people[3])
    gaps.look(timezone.now())
    client = client_of(editor)
    for _again in range(2):
        client.post(f"{GAPS}{Gap.objects.get().pk}/closing/")

    missed("Door badges NOT opening", *people)

    assert titles(editor) == []


def test_readers_have_no_gaps(client_of, requester, auditor):
    for person in (requester, auditor):
        assert client_of(person).get(GAPS).status_code == 403
        assert client_of(person).post(f"{GAPS}look/").status_code == 403


def test_the_clusters_are_the_same_whatever_the_order():
    said = [
        "printer offline again",
        "printer is offline",
        "vpn slow",
        "slow vpn at home",
        "mail full",
        "the vpn is slow",
    ]
    weights = {key_of(one): 2 for one in said}

    assert cluster(weights) == cluster(dict(reversed(weights.items())))
    assert len(cluster(weights)) <= 4


def test_tens_of_thousands_of_wordings_take_seconds():
    words = [f"w{n}" for n in range(400)]
    weights = {
        key_of(f"{words[n % 400]} {words[n * 7 % 397]} {words[n * 13 % 389]} trouble{n % 5000}"): n
        % 9
        + 1
        for n in range(20_000)
    }
    started = time.process_time()

    cluster(weights)

    assert time.process_time() - started < 15
