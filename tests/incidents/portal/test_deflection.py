"""Answers before the form is sent: what others reported, known errors, articles; “me too” and “this solved it”."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.portal import deflection
from incidents.portal.models import Avoided
from incidents.tickets import actions
from incidents.tickets.models import Category, Draft, Follower, Service, Ticket
from knowledge.models import Article
from tests.conftest import make_person

HX = {"HX-Request": "true"}
ANSWERS = "/tickets/new/answers/"


@pytest.fixture
def offered(make_ticket, service):
    return make_ticket("VPN is down for all of Finance", impact="team", service=service)


@pytest.fixture
def browser(client_of, other_requester):
    return client_of(other_requester)


def found_by(user, title="", story="", service=None):
    found = deflection.answers(user, title=title, story=story, service=service)
    return [one.ticket for one in found.incidents], [hit.article for hit in found.hits]


def text(answer):
    return answer.content.decode()


# What is found ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["vpn keeps dropping", "The Finances don’t load", "VPN"])
def test_an_incident_that_shares_a_word_is_found(offered, other_requester, words):
    assert found_by(other_requester, words)[0] == [offered]


@pytest.mark.parametrize("words", ["printer jams", "is it down for all of us", "x", ""])
def test_one_that_shares_none_is_not(offered, other_requester, words):
    assert found_by(other_requester, words)[0] == []


def test_a_description_must_share_two_words(offered, other_requester):
    assert found_by(other_requester, "It broke", "My vpn is gone")[0] == []
    assert found_by(other_requester, "It broke", "My vpn in Finance is gone")[0] == [offered]


def test_the_chosen_services_incidents_come_first_whatever_the_words(
    offered, make_ticket, other_requester, service
):
    elsewhere = make_ticket("Screen of the whole office is black", impact="many")

    found = found_by(other_requester, "screen is black", service=service.pk)[0]

    assert found == [offered, elsewhere]
    assert found_by(other_requester, "", service=service.pk)[0] == [offered]


def test_of_equally_near_ones_that_of_more_people_comes_first(make_ticket, other_requester):
    one, many = (make_ticket(f"Printer {n} is jammed", impact="team") for n in "12")
    actions.join(one, by=make_person("Ash Pipit"))

    assert found_by(other_requester, "printer jammed")[0] == [one, many]


def test_the_very_same_word_goes_before_one_alike(make_ticket, other_requester):
    alike, same = (
        make_ticket(f"{word} is broken", impact="team") for word in ("Printers", "Printing")
    )
    actions.join(alike, by=make_person("Ash Pipit"))

    assert found_by(other_requester, "printing")[0] == [same, alike]


def test_five_in_all_and_at_most_three_incidents(make_ticket, make_article, other_requester):
    for n in range(5):
        make_ticket(f"VPN {n} is down", impact="team")
        make_article(f"VPN trouble {n}")

    incidents, articles = found_by(other_requester, "vpn trouble")

    assert (len(incidents), len(articles)) == (3, 2)


def test_a_known_error_goes_before_articles_of_similar_rank_and_is_marked(
    make_article, other_requester, browser
):
    make_article("VPN disconnects", body="vpn disconnects, vpn disconnects")
    known = make_article("VPN disconnects on the train", kind=Article.Kind.KNOWN_ERROR)

    assert found_by(other_requester, "vpn disconnects")[1][0] == known
    assert "Known error" in text(browser.get(ANSWERS, {"title": "vpn disconnects"}, headers=HX))


def test_the_description_finds_articles_too_and_the_title_weighs_more(
    make_article, other_requester
):
    by_title = make_article("Password reset", body="Choose a new one.")
    by_story = make_article("Second factor on a new phone", body="Scan the code.")

    found = found_by(other_requester, "password", "My phone is new and asks for a factor")[1]

    assert found == [by_title, by_story]


# Who may not know of it ------------------------------------------------------------------------------


def test_what_is_private_confidential_solved_old_or_not_offered_is_suggested_to_nobody(
    make_ticket, other_requester, agent, team, private_team, browser
):
    secret = Category.objects.create(name="Break-in", slug="sec", default_team=private_team)
    hushed = Category.objects.create(
        name="HR", slug="hr", default_team=team, is_confidential=True, is_confined=True
    )
    actions.resolve(make_ticket("Canary solved", impact="many"), "So", code="fixed", by=agent)
    make_ticket("Canary private", impact="many", category=secret)
    make_ticket("Canary hushed", impact="many", category=hushed)
    make_ticket("Canary old", impact="many", at=timezone.now() - timedelta(days=20))
    make_ticket("Canary alone", impact="me")
    Ticket.objects.update(affected_count=9)

    assert found_by(other_requester, "canary")[0] == []
    pages = [browser.get("/"), browser.get(ANSWERS, {"title": "canary"})]
    pages += [browser.get("/suggest/", {"q": "canary"}, headers=HX)]
    assert not any("Canary" in text(page) for page in pages)


def test_drafts_and_restricted_articles_are_suggested_to_nobody(make_article, other_requester):
    make_article("Canary runbook", audience="staff")
    make_article("Canary draft", published=False)
    revised = make_article("Gateway")
    revised.revisions.create(number=9, title="Canary", author=revised.author)

    assert found_by(other_requester, "canary", "canary runbook draft")[1] == []


def test_of_an_incident_only_its_title_and_how_many_are_shown(offered, browser, requester):
    page = text(browser.get(ANSWERS, {"title": "vpn"}))

    assert offered.title in page
    assert "every few minutes" not in page
    assert requester.display_name not in page
    assert offered.ref in page  # the button's address


# Pages and fragments ---------------------------------------------------------------------------------


def test_beside_the_form_it_is_a_fragment_asked_by_post_since_texts_are_long(
    offered, make_article, browser
):
    article = make_article()
    typed = {"title": "vpn disconnects", "description": "x " * 50_000, "service": ""}

    page = text(browser.post(ANSWERS, typed, headers=HX))

    assert "<html" not in page
    assert offered.title in page
    assert f"{article.get_absolute_url()}?report=1" in page
    assert not Draft.objects.exists()


def test_what_is_known_of_a_report_that_was_begun_comes_with_its_page(offered, browser):
    assert "Others have reported this" not in browser.get("/tickets/new/").text
    page = browser.get("/tickets/new/", {"title": "VPN keeps dropping"}).text

    assert "Others have reported this" in page
    assert "thing that may help" in page
    assert ", load" not in page  # fetched later it would push down what stands below


@pytest.mark.parametrize("service", ["x", "-1", "9" * 40, "²"])
def test_a_service_that_is_none_finds_nothing_and_breaks_nothing(browser, service):
    assert browser.get(ANSWERS, {"title": "vpn", "service": service}).status_code == 200


def test_without_javascript_looking_first_keeps_what_was_typed(browser, offered, report):
    typed = report(title="vpn is gone", description="Since nine.")

    answer = browser.post(ANSWERS, typed)

    assert answer.url == f"{ANSWERS}?title=vpn+is+gone&service="
    page = text(browser.get(answer.url))
    assert offered.title in page
    assert 'action="/tickets/new/solved/"' in page or 'formaction="/tickets/' in page
    assert "Since nine." in text(browser.get("/tickets/new/"))
    assert not Ticket.objects.filter(title="vpn is gone").exists()


def test_nothing_known_is_said_as_well(browser):
    assert "Nobody has reported this yet" in text(browser.get(ANSWERS, {"title": "vpn"}))


def test_the_home_search_shows_incidents_before_articles(offered, make_article, browser):
    article = make_article()

    page = text(browser.get("/suggest/", {"q": "vpn disconnects"}, headers=HX))

    assert page.index(offered.title) < page.index(article.get_absolute_url())
    assert f"/tickets/{offered.ref}/joining/" in page


def test_hostile_words_come_back_as_text(browser, make_ticket):
    make_ticket("<img src=x onerror=alert(1)> printer", impact="many")

    page = text(browser.get(ANSWERS, {"title": '"><img src=x> printer\x00'}))

    assert "<img" not in page


# Known problems on the home page -------------------------------------------------------------------------


def test_the_home_page_tells_of_what_three_people_have(offered, browser):
    assert "Known problems right now" not in text(browser.get("/"))

    for name in ("Ash Pipit", "Gus Clover"):
        actions.join(offered, by=make_person(name))

    page = text(browser.get("/"))
    assert offered.title in page
    assert "3 people have this" in page
    assert "Ash Pipit" not in page


def test_it_tells_of_what_the_desk_offers_however_few_have_it(ticket, agent, browser):
    actions.offer(ticket, on=True, by=agent)

    assert ticket.title in text(browser.get("/"))


def test_who_is_on_it_finds_the_way_there_instead_of_the_button(offered, requester, client_of):
    Ticket.objects.update(affected_count=5)

    page = text(client_of(requester).get("/"))

    assert "You are on this" in page
    assert "Me too" not in page


# Me too --------------------------------------------------------------------------------------------------


def test_me_too_joins_and_leads_to_the_ticket(offered, browser, other_requester):
    answer = browser.post(f"/tickets/{offered.ref}/joining/")

    assert answer.url == offered.get_absolute_url()
    assert Follower.objects.get(ticket=offered).has_joined
    page = text(browser.get(answer.url))
    assert "2 people have this, and you get every update here" in page
    assert "You and 1 other person have this" in page
    assert Ticket.objects.count() == 1


def test_joining_instead_of_a_report_throws_that_one_away(offered, browser, other_requester):
    Draft.objects.create(user=other_requester, form="new-ticket", text={"title": ["vpn"]})

    page = browser.post(f"/tickets/{offered.ref}/joining/", {"instead": "1"}, follow=True)

    assert "We threw away the report you had begun." in text(page)
    assert not Draft.objects.exists()


def test_joining_from_the_home_page_leaves_a_draft_alone(offered, browser, other_requester):
    Draft.objects.create(user=other_requester, form="new-ticket", text={"title": ["Printer"]})

    page = browser.post(f"/tickets/{offered.ref}/joining/", follow=True)

    assert "threw away" not in text(page)
    assert Draft.objects.exists()


def test_a_solved_incident_says_so_and_keeps_the_draft(offered, browser, other_requester, agent):
    Draft.objects.create(user=other_requester, form="new-ticket", text={"title": ["vpn"]})
    actions.resolve(offered, "So", code="fixed", by=agent)

    answer = browser.post(f"/tickets/{offered.ref}/joining/", {"instead": "1"}, headers=HX)

    assert answer.status_code == 409
    assert "solved meanwhile" in text(answer)
    assert Draft.objects.exists()


def test_what_nobody_offers_does_not_exist(ticket, browser):
    assert browser.post(f"/tickets/{ticket.ref}/joining/").status_code == 404


def test_other_requesters_see_how_many_joined_and_not_who(
    offered, browser, client_of, requester, other_requester, agent
):
    third = make_person("Selma Stint")
    actions.follow(offered, who=third, by=requester)
    actions.join(offered, by=other_requester)

    page = text(client_of(requester).get(offered.get_absolute_url()))

    assert "1 other person has this too" in page
    assert "Selma Stint" in page
    assert "Mika Thistle" not in page
    related = text(client_of(agent).get(f"/desk/tickets/{offered.ref}/related/"))
    assert "Mika Thistle" in related


def test_a_requester_can_not_find_out_who_joined_by_taking_people_off(
    offered, client_of, requester, other_requester
):
    actions.join(offered, by=other_requester)

    path = f"/tickets/{offered.ref}/followers/{other_requester.pk}/removal/"
    assert client_of(requester).post(path).status_code == 404
    assert Follower.objects.get(ticket=offered).has_joined


def test_who_joined_leaves_with_one_click(offered, browser, other_requester):
    actions.join(offered, by=other_requester)
    assert "have this any more" in text(browser.get(offered.get_absolute_url()))

    browser.post(f"/tickets/{offered.ref}/followers/{other_requester.pk}/removal/")

    offered.refresh_from_db()
    assert offered.affected_count == 1
    assert browser.get(offered.get_absolute_url()).status_code == 404


def test_a_follower_finds_me_too_on_the_tickets_page(offered, client_of, requester):
    third = make_person("Selma Stint")
    actions.follow(offered, who=third, by=requester)

    assert f"/tickets/{offered.ref}/joining/" in text(
        client_of(third).get(offered.get_absolute_url())
    )


# This solved it ------------------------------------------------------------------------------------------


def test_this_solved_it_ends_without_a_ticket_and_is_counted(
    make_article, browser, other_requester
):
    article = make_article()
    Draft.objects.create(user=other_requester, form="new-ticket", text={"title": ["vpn drops"]})

    page = browser.post("/tickets/new/solved/", {"article": article.slug}, follow=True)

    assert "Nothing was sent to IT." in text(page)
    assert page.redirect_chain[-1][0] == "/"
    assert Avoided.objects.get().words == "vpn drops"
    assert not Draft.objects.exists()
    assert not Ticket.objects.exists()


def test_an_article_that_one_may_not_read_can_not_have_solved_it(make_article, browser):
    for slug in (make_article("Runbook", audience="staff").slug, "nowhere", "\x00", ""):
        assert browser.post("/tickets/new/solved/", {"article": slug}).status_code == 404
    assert not Avoided.objects.exists()


def test_an_article_opened_from_a_report_asks_whether_it_solved_it(make_article, browser, client):
    article = make_article(audience="everybody")
    address = article.get_absolute_url()

    assert "Yes, this solved it" in text(browser.get(f"{address}?report=1"))
    assert "Yes, this solved it" not in text(browser.get(address))
    assert "Yes, this solved it" not in text(client.get(f"{address}?report=1"))


# How much it asks of the database --------------------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 40])
def test_it_needs_few_queries_however_much_is_known(
    number, browser, make_ticket, make_article, service, django_assert_max_num_queries
):
    for n in range(number):
        make_ticket(f"VPN gateway {n} is down", impact="team", service=service)
        make_article(f"VPN gateway {n} is down", kind=Article.Kind.KNOWN_ERROR)
    other = Service.objects.create(name="Mail", slug="mail")
    typed = {"title": "vpn gateway down", "description": "the vpn gateway", "service": other.pk}
    browser.get("/")

    with django_assert_max_num_queries(20):
        assert browser.post(ANSWERS, typed, headers=HX).status_code == 200


def test_an_article_says_whom_it_answered_before_they_filed(
    client_of, requester, editor, make_article
):
    article = make_article()
    client_of(requester).post("/tickets/new/solved/", {"article": article.slug})

    page = client_of(requester).get(article.get_absolute_url()).content.decode()
    assert "1 person before they filed" in page
    life = client_of(editor).get(f"/desk/kb/{article.slug}/life/").content.decode()
    assert "0, and answered 1 person before they filed" in life
