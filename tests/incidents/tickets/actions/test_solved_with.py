"""“Solved with this article”: said at resolving, counted on the article, taken back with the resolution."""

import pytest

from accounts.errors import InvalidInput
from accounts.models import Department
from incidents.tickets import actions, rebuild, timeline
from incidents.tickets.kinds import Kind
from incidents.tickets.models import Ticket
from knowledge.models import Section


@pytest.fixture
def article(make_article):
    return make_article()


@pytest.fixture
def resolved(ticket, agent, article):
    return actions.resolve(ticket, "As it says there.", code="fixed", by=agent, article=article)


@pytest.fixture
def kept(other_team):
    """A category where others write."""
    section = Section.objects.create(name="Kept", slug="kept")
    section.keepers.add(other_team)
    return section


def hidden(make_article, section, title):
    """For a department that the agent is not of, in a category where they do not write."""
    board = Department.objects.create(name="Board")
    article = make_article(title, audience="departments", departments=[board], section=None)
    type(article).objects.filter(pk=article.pk).update(section=section)
    return article


def solved_by(article):
    article.refresh_from_db()
    return article.solved_count


def headline(ticket, told):
    return next(str(one.sentence) for one in told if one.event.kind == Kind.RESOLVED)


def test_the_article_is_recorded_and_counted(resolved, article):
    assert resolved.solved_with == article
    event = resolved.events.of_kind(Kind.RESOLVED).get()
    assert event.data["set"]["solved_with_id"] == article.pk
    assert solved_by(article) == 1


def test_both_sides_read_which_one_it_was(resolved, article, agent, requester):
    link = f'Resolved: Fixed. <a href="/kb/{article.slug}/">{article.title}</a> says how.'

    assert headline(resolved, timeline.for_staff(resolved, agent)) == link
    assert headline(resolved, timeline.for_requester(resolved, requester)) == link


def test_whoever_may_not_read_the_article_is_not_told_of_it(ticket, agent, requester, make_article):
    article = make_article("Runbook of the gateway", audience="staff")
    resolved = actions.resolve(ticket, "Done.", code="fixed", by=agent, article=article)

    assert headline(resolved, timeline.for_requester(resolved, requester)) == "Resolved: Fixed"


def test_reopening_takes_it_back(resolved, article, requester):
    reopened = actions.reopen(resolved, "Still broken.", by=requester)

    assert reopened.solved_with is None
    assert solved_by(article) == 0


def test_undoing_takes_it_back(resolved, article, agent):
    number = resolved.events.of_kind(Kind.RESOLVED).get().number
    actions.undo(resolved, numbers=[number], by=agent)

    assert Ticket.objects.get(pk=resolved.pk).solved_with is None
    assert solved_by(article) == 0


def test_resolving_with_another_one_later_counts_that(
    resolved, article, agent, requester, make_article
):
    other = make_article("Another")
    actions.reopen(resolved, "Still broken.", by=requester)
    actions.resolve(resolved, "Now.", code="fixed", by=agent, article=other)

    assert (solved_by(article), solved_by(other)) == (0, 1)


def test_sending_twice_counts_once(ticket, agent, article):
    for _again in range(2):
        actions.resolve(ticket, "Done.", code="fixed", by=agent, article=article, key="k")

    assert solved_by(article) == 1


def test_parts_that_are_resolved_with_it_count_too(make_ticket, agent, article):
    whole, part = make_ticket("Whole"), make_ticket("Part")
    actions.link(part, to=whole, kind="child_of", by=agent, is_synced=True)
    actions.resolve(whole, "Done.", code="fixed", by=agent, article=article)

    assert solved_by(article) == 2


def test_an_article_that_the_agent_does_not_find_is_refused(ticket, agent, make_article, kept):
    for article in (make_article("Draft", published=False), hidden(make_article, kept, "Hidden")):
        with pytest.raises(InvalidInput, match="no such article"):
            actions.resolve(ticket, "Done.", code="fixed", by=agent, article=article)

    assert not ticket.events.of_kind(Kind.RESOLVED).exists()


def test_the_log_tells_the_same(resolved, article):
    assert list(rebuild.all_differences()) == []
    Ticket.objects.filter(pk=resolved.pk).update(solved_with=None)
    type(article).objects.update(solved_count=9)

    rebuild.mend(resolved)

    assert Ticket.objects.get(pk=resolved.pk).solved_with == article
    assert solved_by(article) == 1


# On the desk ----------------------------------------------------------------------------------------------


def at(ticket, part):
    return f"{ticket.desk_url}{part}/"


@pytest.mark.parametrize("field", ["article", "article_typed"])
@pytest.mark.parametrize("named", ["{0.slug}", "http://x/kb/{0.slug}/", "{0.title}"])
def test_the_form_takes_it_by_address_link_or_title(
    client_of, ticket, agent, article, field, named
):
    client_of(agent).post(
        at(ticket, "resolution"), {"body": "Done.", "code": "fixed", field: named.format(article)}
    )

    assert Ticket.objects.get(pk=ticket.pk).solved_with == article


def test_an_article_that_is_not_there_is_said_and_nothing_lost(
    client_of, ticket, agent, make_article, kept
):
    hidden(make_article, kept, "Secret plan")
    answer = client_of(agent).post(
        at(ticket, "resolution"), {"body": "My words.", "code": "fixed", "article": "Secret plan"}
    )

    assert answer.status_code == 422
    assert "there is none called “Secret plan”" in answer.content.decode()
    assert "My words." in answer.content.decode()
    assert not Ticket.objects.get(pk=ticket.pk).is_resolved


def test_articles_are_offered_by_the_tickets_own_words(
    client_of, ticket, agent, article, kept, make_article
):
    hidden(make_article, kept, "VPN runbook of the board")
    client = client_of(agent)

    for given in ({}, {"article_words": "automatic"}):
        found = client.get(
            at(ticket, "articles"), given, headers={"HX-Request": "true"}
        ).content.decode()
        assert f'value="{article.slug}"' in found
        assert "board" not in found
    assert article.title in client.get(at(ticket, "articles")).content.decode().replace(
        "<mark>", ""
    ).replace("</mark>", "")


def test_the_ticket_shows_it_with_how_many_it_solved(client_of, resolved, agent, article):
    page = client_of(agent).get(at(resolved, "related")).content.decode()

    assert "Solved with" in page
    assert "solved 1 ticket<" in page


def test_an_articles_text_is_put_into_a_reply_by_who_may_read_it(
    client_of, agent, article, kept, make_article
):
    client = client_of(agent)
    secret = hidden(make_article, kept, "Secret")

    assert (
        client.get(f"/desk/articles/{article.slug}/text/").content.decode()
        == "Switch the client to **Automatic**.\n"
    )
    assert client.get(f"/desk/articles/{secret.slug}/text/").status_code == 404


def test_what_writers_tell_each_other_is_put_into_no_reply(client_of, agent, make_article):
    article = make_article("Gateway", "<!-- ask Ida before\nyou change it -->\n\nPress **once**.")

    said = client_of(agent).get(f"/desk/articles/{article.slug}/text/").content.decode()

    assert said == "Press **once**.\n"
