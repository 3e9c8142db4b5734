"""“How did we do?”: on the ticket's page, and behind a signed link without signing in."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from accounts.models import Team
from accounts.typed import mark
from incidents.tickets import actions, ratings
from incidents.tickets.models import Rating

HTMX = {"HX-Request": "true"}


@pytest.fixture
def closed(ticket, requester, agent):
    actions.resolve(ticket, "Restarted the gateway.", code="fixed", by=agent)
    return actions.confirm(ticket, by=requester)


@pytest.fixture
def url(closed):
    return f"{closed.get_absolute_url()}rating/"


@pytest.fixture
def link(closed, requester):
    asked = ratings.question(closed, requester, at=timezone.now())
    return asked.link.removeprefix("http://127.0.0.1:8000")


def page_of(client, ticket):
    return client.get(ticket.get_absolute_url()).content.decode()


# On the ticket's page -----------------------------------------------------------------------------


def test_a_closed_ticket_asks_with_five_buttons_and_none_chosen(client_of, requester, closed):
    page = page_of(client_of(requester), closed)

    card = page[page.index('id="rating"') : page.index("</section>", page.index('id="rating"'))]
    assert card.count('type="submit" name="score"') == 5
    assert all(word in card for word in ("Very bad", "Bad", "Okay", "Good", "Very good"))
    assert "checked" not in card
    assert "aria-pressed" not in card


def test_an_open_ticket_asks_nothing(client_of, requester, ticket):
    assert 'name="score"' not in page_of(client_of(requester), ticket)


def test_it_is_asked_as_soon_as_the_requester_confirms(client_of, requester, ticket, agent):
    actions.resolve(ticket, "Done.", code="fixed", by=agent)

    parts = client_of(requester).post(f"{ticket.get_absolute_url()}confirmation/", headers=HTMX)

    assert 'name="score"' in parts.content.decode()


def test_one_click_is_enough(client_of, requester, closed, url):
    answer = client_of(requester).post(url, {"score": "4"}, headers=HTMX)

    card = answer.content.decode()
    assert Rating.objects.get().score == 4
    assert "Thank you for telling us" in card
    assert "You said: Good" in card
    assert 'name="comment"' in card
    assert 'name="score"' not in card


def test_without_javascript_the_click_comes_back_to_the_page(client_of, requester, closed, url):
    client = client_of(requester)

    assert client.post(url, {"score": "1"}).url == f"{closed.get_absolute_url()}#rating"
    assert "You said: Very bad" in page_of(client, closed)


def test_a_comment_may_follow_once_and_is_shown_to_its_writer(client_of, requester, closed, url):
    client = client_of(requester)
    client.post(url, {"score": "5"})

    client.post(f"{url}comment/", {"comment": "So quick <b>& kind"})

    page = page_of(client, closed)
    assert "So quick &lt;b&gt;&amp; kind" in page
    assert 'name="comment"' not in page
    assert client.post(f"{url}comment/", {"comment": "More"}, headers=HTMX).status_code == 409


@pytest.mark.parametrize("given", ["", "0", "6", "abc", "4.5", "²", "44"])
def test_anything_but_the_five_is_refused(client_of, requester, url, given):
    assert client_of(requester).post(url, {"score": given}).status_code == 422
    assert not Rating.objects.exists()


def test_an_empty_or_endless_comment_is_refused_and_nothing_is_lost(client_of, requester, url):
    client = client_of(requester)
    client.post(url, {"score": "5"})

    assert client.post(f"{url}comment/", {"comment": " "}, headers=HTMX).status_code == 422
    refused = client.post(f"{url}comment/", {"comment": "far too long " * 200})
    assert refused.status_code == 422
    assert "far too long far too long" in refused.content.decode()


def test_a_comment_without_a_score_is_a_page_that_does_not_exist(client_of, requester, url):
    assert client_of(requester).post(f"{url}comment/", {"comment": "Hm"}).status_code == 404


def test_others_on_the_ticket_neither_rate_nor_read_it(
    client_of, requester, other_requester, agent, closed, url
):
    actions.follow(closed, who=other_requester, by=requester)
    rating = actions.rate(closed, score=1, by=requester)
    actions.comment_rating(rating, "canary words", by=requester)

    for person in (other_requester, agent):
        client = client_of(person)
        assert client.post(url, {"score": "5"}).status_code == 403
        assert "canary words" not in page_of(client, closed)
        assert "How did we do?" not in page_of(client, closed)


def test_to_strangers_it_does_not_exist(client_of, other_requester, url):
    client = client_of(other_requester)

    assert client.post(url, {"score": "5"}).status_code == 404
    assert client.post(f"{url}comment/", {"comment": "x"}).status_code == 404


def test_a_team_may_choose_not_to_ask(client_of, requester, closed):
    Team.objects.update(asks_rating=False)

    assert 'name="score"' not in page_of(client_of(requester), closed)


def test_a_comment_sent_after_the_session_ended_waits_for_the_sign_in(
    client, requester, closed, url, settings
):
    actions.rate(closed, score=5, by=requester)
    kept = {"comment": "Very kind", "kept_for": mark(requester.pk, f"rating:{closed.ref}")}

    client.post(f"{url}comment/", kept)
    client.force_login(requester, backend=settings.AUTHENTICATION_BACKENDS[0])

    assert "Very kind</textarea>" in page_of(client, closed)


# Behind the link -----------------------------------------------------------------------------------


def test_the_link_asks_and_says_next_to_nothing(client, closed, requester, link):
    answer = client.get(link)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert f"How did we do with {closed.ref}?" in page
    assert page.count('name="score"') == 5
    for hidden in (closed.title, "Restarted", requester.display_name, requester.email, "Network"):
        assert hidden not in page


def test_looking_at_it_rates_nothing(client, link):
    for ask in (client.get, client.head, client.options):
        for _time in range(2):
            ask(link)
            ask(f"{link}?score=1")

    assert not Rating.objects.exists()


def test_one_click_there_rates_as_the_person_who_was_asked(client, requester, link):
    answer = client.post(link, {"score": "2"}, follow=True)

    assert answer.redirect_chain == [(link, 302)]
    rating = Rating.objects.get()
    assert (rating.score, rating.by) == (2, requester)
    assert "Thank you for telling us" in answer.content.decode()


def test_a_comment_may_follow_there_too(client, link):
    client.post(link, {"score": "2"})

    page = client.post(link, {"comment": "Nobody called."}, follow=True).content.decode()

    assert Rating.objects.get().comment == "Nobody called."
    assert 'name="comment"' not in page
    assert "Nobody called." not in page


def test_it_says_so_when_they_told_us_otherwise_before(client, link):
    client.post(link, {"score": "2"})

    again = client.post(link, {"score": "5"})

    assert again.status_code == 409
    assert "You already told us. Thank you." in again.content.decode()
    assert Rating.objects.get().score == 2


def test_whoever_is_signed_in_there_it_is_the_asked_persons_answer(
    client_of, agent, requester, link
):
    client_of(agent).post(link, {"score": "3"})

    assert Rating.objects.get().by == requester


def test_the_click_proves_that_it_comes_from_that_page(link):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post(link, {"score": "3"}).status_code == 403
    assert not Rating.objects.exists()


def forged(closed, requester):
    closing = closed.events.get(kind="closed").number
    right = [closed.number, closing, requester.pk]
    yield "nonsense"
    yield signing.dumps(right, salt="typed")
    yield signing.dumps(right, salt="rating", key="another key of at least some length")
    yield signing.dumps([closed.number, closing + 1, requester.pk], salt="rating")
    yield signing.dumps([closed.number, closing, requester.pk + 999], salt="rating")
    yield signing.dumps([closed.number + 999, closing, requester.pk], salt="rating")
    yield signing.dumps(right, salt="rating")[:-1]


def test_a_forged_or_mangled_link_is_a_friendly_dead_end(client, closed, requester):
    for token in forged(closed, requester):
        for answer in (client.get(f"/rate/{token}/"), client.post(f"/rate/{token}/", {"score": 5})):
            assert answer.status_code == 404, token
            assert "This link no longer works" in answer.content.decode()
    assert not Rating.objects.exists()


def test_somebody_elses_name_in_the_link_gives_no_voice(client, closed, agent, other_requester):
    closing = closed.events.get(kind="closed").number
    for person in (agent, other_requester):
        token = signing.dumps([closed.number, closing, person.pk], salt="rating")
        assert client.post(f"/rate/{token}/", {"score": 5}).status_code == 404


def test_it_works_for_sixty_days(client, link, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now.timestamp() + 61 * 86400)

    assert client.get(link).status_code == 404


def test_it_is_dead_once_the_person_left_or_the_team_stopped_asking(client, link, requester):
    Team.objects.update(asks_rating=False)
    assert client.get(link).status_code == 404
    Team.objects.update(asks_rating=True)
    requester.is_active = False
    requester.save()
    assert client.get(link).status_code == 404


def test_no_search_engine_cache_or_other_site_learns_of_it(client, link):
    answer = client.get(link)

    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert 'name="robots" content="noindex' in answer.content.decode()


def test_it_speaks_the_language_of_the_person_asked(client, link, requester):
    requester.language = "de"
    requester.save()

    assert '<html lang="de"' in client.get(link).content.decode()


def test_clicks_are_limited(client, link):
    answers = [client.post(link, {"score": str(1 + n % 5)}).status_code for n in range(11)]

    assert answers[-1] == 429
    assert set(answers[:10]) <= {302, 409}


def test_the_question_ends_when_it_is_long_ago(closed, requester):
    later = timezone.now() + timedelta(days=61)

    assert ratings.question(closed, requester, at=later) is None
