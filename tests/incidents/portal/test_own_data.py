"""One's own data as a file: everything of one's own, nothing of anybody else's."""

import json
from datetime import time, timedelta
from html.parser import HTMLParser

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import make_token, revoke_token
from accounts.models import AccessToken, Team
from incidents.notify.actions import choose
from incidents.notify.models import Channel, ChatAddress, ChatService, Device, Habits, Topic
from incidents.portal.export import WRITERS, gather
from incidents.portal.models import Announcement, Avoided, Dismissal, FeedAddress
from incidents.tickets import actions
from incidents.tickets.models import Answers, Draft, QuestionForm, Rating
from knowledge.models import ArticleDraft
from tests.conftest import PASSWORD, make_person
from tests.incidents.tickets.uploads import text_file

PAGE, JSON, READABLE = "/accounts/data/", "/accounts/data/json/", "/accounts/data/page/"


def proved(person, **options):
    """A browser in which the person gave the password a moment ago."""
    browser = Client(**options)
    browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def text_of(answer):
    assert answer.status_code == 200
    return answer.getvalue().decode()


def data_of(person):
    return json.loads(text_of(proved(person).post(JSON)))


def files_of(person):
    browser = proved(person)
    return text_of(browser.post(JSON)), text_of(browser.post(READABLE))


class Page(HTMLParser):
    """What a page asks for from elsewhere, what it runs, and whether its elements close."""

    VOID = {"meta", "br", "hr"}

    def __init__(self, text):
        super().__init__()
        self.foreign, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        self.foreign += [(tag, name) for name in names if name in {"src", "srcset", "data"}]
        self.foreign += [(tag, "")] if tag in {"script", "link", "iframe", "img", "base"} else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "p" or self.open[-1] == "p":
            assert self.open.pop() == tag


# What is in it ----------------------------------------------------------------------------------------


def test_it_holds_the_profile_the_roles_and_how_one_signs_in(agent, team):
    browser = proved(agent)
    Authenticator.objects.create(user=agent, type="totp", data={"secret": "hush-hush"})
    SocialAccount.objects.create(
        user=agent, provider="https://idp.example", uid="s-1", extra_data={"groups": ["network"]}
    )
    choose(by=agent, topic=Topic.TEAM, channel=Channel.MAIL, wanted=True)

    data = json.loads(text_of(browser.post(JSON)))

    assert data["schema_version"] == 1
    assert data["profile"][0]["name"] == "Sasha Vole"
    assert data["profile"][0]["email"] == agent.email
    assert data["roles"] == [{"role": "Agent", "team": "Network"}]
    assert data["second_factors"][0]["kind"] == "totp"
    assert data["sign_ins"][0]["address"] == "127.0.0.1"
    assert data["linked_sign_ins"][0]["said"] == {"groups": ["network"]}
    assert data["notification_choices"] == [{"topic": "team", "channel": "mail", "is_wanted": True}]
    assert "hush-hush" not in json.dumps(data)


def test_it_holds_where_and_when_somebody_is_reached_and_no_key_to_it(agent):
    until = timezone.now()
    Device.objects.create(user=agent, name="Firefox on Linux", endpoint="https://push.example.com/secret", mark="m", p256dh="hush", auth="hush", session_key="hush", signed_in_until=until, password_mark="hush")  # fmt: skip
    service = ChatService.objects.create(
        name="Text messages", address="json://hush/{to}", is_on=True
    )
    ChatAddress.objects.create(user=agent, service=service, to="+4915123")
    Habits.objects.create(user=agent, quiet_from=time(22), quiet_until=time(7))
    browser = proved(agent)

    data = json.loads(text_of(browser.post(JSON)))

    assert [row.get("at", row.get("quiet_from")) for row in data["reached_at"]] == ["Firefox on Linux", "Text messages", "22:00:00"]  # fmt: skip
    assert data["reached_at"][1]["to"] == "+4915123"
    assert "hush" not in json.dumps(data)
    assert "push.example.com" not in json.dumps(data)


def test_it_holds_tokens_and_feeds_without_what_opens_them(agent):
    token, secret = make_token(agent, name="Monitoring", scopes=["tickets:read"], days=30, by=agent)
    AccessToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now())
    revoke_token(AccessToken.objects.get(pk=token.pk), by=agent)
    make_token(agent, name="Backup", scopes=["articles:read"], days=30, by=agent)
    FeedAddress.objects.create(user=agent, kind="calendar", digest="hush-feed")
    browser = proved(agent)

    text, page = text_of(browser.post(JSON)), text_of(browser.post(READABLE))
    data = json.loads(text)

    first, second = data["access_tokens"]
    assert (first["name"], first["scopes"], first["ended_why"]) == ("Monitoring", ["tickets:read"], "revoked")  # fmt: skip
    assert all(first[f"{when}_at"] for when in ("made", "last_used", "ends", "ended"))
    assert (second["name"], second["ended_at"]) == ("Backup", None)
    assert data["feeds"][0]["feed"] == "calendar"
    for file in (text, page):
        assert "Monitoring" in file
        assert not any(one in file for one in (secret, token.digest, "hush-feed"))


def test_it_holds_ones_tickets_as_their_page_shows_them(ticket, requester, agent):
    actions.take(ticket, by=agent)
    actions.reply(ticket, "Try **Automatic**.", by=agent, files=[text_file("steps.txt")])
    actions.reply(ticket, "It works.", by=requester)

    told = data_of(requester)["tickets"][0]

    assert (told["number"], told["title"]) == (ticket.ref, "VPN keeps dropping")
    assert (told["requester"], told["assignee"], told["team"]) == ("Robin Kestrel", "Sasha Vole", "Network")  # fmt: skip
    assert [(said["by"], said["is_mine"], said["text"]) for said in told["conversation"]] == [
        ("Robin Kestrel", True, "It drops every few minutes."),
        ("Sasha Vole", False, "Try **Automatic**."),
        ("Robin Kestrel", True, "It works."),
    ]
    assert told["conversation"][1]["files"] == [{"name": "steps.txt", "size": 5}]


def test_it_holds_answers_ratings_drafts_and_what_one_follows(
    ticket, make_ticket, requester, other_requester, agent, category, make_article
):
    Rating.objects.create(
        ticket=ticket, closing=9, by=requester, score=4, comment="Quick", created_at=timezone.now()
    )
    other = make_ticket("Printer", by=other_requester)
    actions.follow(other, who=requester, by=other_requester)
    actions.reply(other, "Mine, too.", by=requester)
    form = QuestionForm.objects.create(
        category=category, number=1, made_by=agent,
        questions=[{"key": "room", "kind": "text", "label": "Which room?"}],
    )  # fmt: skip
    Answers.objects.create(ticket=ticket, form=form, given={"room": "B 2.17"})
    Draft.objects.create(user=requester, form="new-ticket", text={"title": ["Half a thought"]})
    article = make_article()
    Avoided.objects.create(article=article, user=requester, words="vpn drops", day="2026-11-02")
    ArticleDraft.objects.create(
        article=article,
        user=requester,
        form={"body": ["Half an article"]},
        changed_at=timezone.now(),
    )
    news = Announcement.objects.create(title="Maintenance", starts_at=timezone.now())
    Dismissal.objects.create(announcement=news, user=requester)

    data = data_of(requester)

    assert data["tickets"][0]["answers"] == [{"question": "Which room?", "answer": "B 2.17"}]
    assert data["tickets"][0]["ratings"][0] | {"rated_at": ""} == {"score": 4, "comment": "Quick", "rated_at": ""}  # fmt: skip
    assert data["followed_tickets"] == [{"number": other.ref, "title": "Printer"}]
    assert [row["text"] for row in data["messages_elsewhere"]] == ["Mine, too."]
    assert data["drafts"][0]["fields"] == [{"name": "title", "values": ["Half a thought"]}]
    assert data["drafts"][1]["fields"] == [{"name": "body", "values": ["Half an article"]}]
    assert data["solved_by_articles"][0]["article"] == article.title
    assert data["dismissed_announcements"][0]["announcement"] == "Maintenance"


def test_the_page_holds_the_same_and_needs_nothing_else(
    ticket, requester, agent, other_requester, make_article
):
    actions.reply(ticket, "![](/files/x/y.png) <script>alert(1)</script> <b>bold</b>", by=agent)
    Draft.objects.create(user=requester, form="new-ticket", text={"items": ["Half a thought"]})

    text = text_of(proved(requester).post(READABLE))
    page = Page(text)

    assert page.open == []
    assert page.foreign == []
    assert "It drops every few minutes." in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Half a thought" in text
    assert "Data of <bdi>Robin Kestrel</bdi>" in text
    assert text.count("Nothing.") == 12


def test_the_page_speaks_ones_language_and_zone_though_the_request_is_over(ticket, requester):
    requester.language, requester.time_zone = "de", "Pacific/Kiritimati"
    requester.save()

    text = text_of(proved(requester).post(READABLE))

    assert '<html lang="de">' in text
    there = ticket.created_at.astimezone(requester.zone)
    assert there.strftime("%H:%M") in text


def test_words_of_any_script_come_through_unharmed(make_ticket, requester):
    make_ticket("الشبكة 🦊", description='Say "hi"\n\\ \u2028 </script> عربي')

    told = data_of(requester)["tickets"][0]

    assert told["title"] == "الشبكة 🦊"
    assert told["conversation"][0]["text"] == 'Say "hi"\n\\ \u2028 </script> عربي'


# What is never in it ------------------------------------------------------------------------------------


def test_notes_of_others_and_tickets_of_others_are_not_in_it(
    ticket, make_ticket, requester, other_requester, agent
):
    agent.phone = "zq-phone"
    agent.save()
    actions.take(ticket, by=agent)
    actions.note(ticket, "zq-note", by=agent, files=[text_file("zq-notefile.log")])
    actions.set_priority(ticket, override=1, reason="zq-reason", by=agent)
    make_ticket("zq-elsewhere", by=other_requester)
    Draft.objects.create(user=agent, form="x", text={"body": ["zq-draft"]})

    for text in files_of(requester):
        assert "zq-" not in text
        assert agent.email not in text


def test_what_one_wrote_where_one_may_no_longer_look_is_not_in_it(
    make_ticket, requester, other_requester
):
    other = make_ticket("zq-title", by=other_requester)
    actions.follow(other, who=requester, by=other_requester)
    actions.reply(other, "zq-mine", by=requester)
    actions.unfollow(other, who=requester, by=other_requester)

    for text in files_of(requester):
        assert "zq-" not in text


def test_ones_own_notes_are_in_it_while_one_sees_the_ticket_as_staff(
    ticket, agent, lead, private_team, manager
):
    actions.note(ticket, "Mine to know", by=agent)
    actions.note(ticket, "zq-theirs", by=lead)
    assert [row["text"] for row in data_of(agent)["messages_elsewhere"]] == ["Mine to know"]
    assert "zq-theirs" not in "".join(files_of(agent))

    actions.move(ticket, to=private_team, by=manager)
    assert data_of(agent)["messages_elsewhere"] == []


def test_ones_own_notes_on_ones_own_ticket_go_with_the_right_to_see_them(make_ticket, agent):
    mine = make_ticket("My laptop", by=agent)
    actions.note(mine, "Spare one in the drawer", by=agent)
    assert [row["text"] for row in data_of(agent)["messages_elsewhere"]] == ["Spare one in the drawer"]  # fmt: skip

    agent.grants.all().delete()
    assert data_of(agent)["messages_elsewhere"] == []
    assert len(data_of(agent)["tickets"]) == 1


@pytest.mark.parametrize("role", ["requester", "follower", "agent", "other_agent", "manager", "admin"])  # fmt: skip
def test_neither_file_holds_a_secret_of_the_world(world, role):
    forbidden = world.forbidden_to(role)
    for text in files_of(world.people[role]):
        assert [token for token in forbidden if token in text] == []


@pytest.fixture
def world(db):
    from tests.security.conftest import build

    return build()


# How one gets it ----------------------------------------------------------------------------------------


def test_it_asks_for_the_password_first(client_of, requester):
    browser = client_of(requester)
    assert "/accounts/reauthenticate/?next=/accounts/data/" in browser.get(PAGE).text

    answer = browser.post(JSON)

    assert answer.status_code == 302
    assert answer.url == "/accounts/reauthenticate/?next=%2Faccounts%2Fdata%2F"


def test_after_the_password_one_is_back_at_the_page(client_of, requester):
    browser = client_of(requester)
    back = browser.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": PAGE})

    assert back.url == PAGE
    assert "Download to read" in browser.get(PAGE).text


def test_it_comes_as_a_download_that_runs_nowhere(requester):
    browser = proved(requester)
    for path, kind, ending in (
        (JSON, "application/json", "json"),
        (READABLE, "text/html; charset=utf-8", "html"),
    ):
        answer = browser.post(path)
        assert answer.streaming
        assert answer["Content-Type"] == kind
        assert answer["Content-Disposition"].startswith('attachment; filename="my-data-')
        assert answer["Content-Disposition"].endswith(f'.{ending}"')
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert answer.getvalue()


def test_five_times_an_hour_and_then_it_says_so(requester, other_requester):
    browser = proved(requester)
    for _ in range(5):
        text_of(browser.post(JSON))

    refused = browser.post(READABLE)

    assert refused.status_code == 429
    assert "You can have it again in an hour" in refused.text
    text_of(proved(other_requester).post(JSON))


def test_other_forms_do_not_exist_and_looking_fetches_nothing(requester):
    browser = proved(requester)

    assert browser.post("/accounts/data/xml/").status_code == 404
    assert browser.get(JSON).status_code == 405


# What it costs ------------------------------------------------------------------------------------------


def all_of(user):
    return {key: [row for portion in portions for row in portion] for key, portions in gather.sections(user)}  # fmt: skip


def test_a_portion_costs_the_same_however_much_there_is(
    make_ticket, requester, agent, warm, django_assert_num_queries, django_assert_max_num_queries
):
    def file(number):
        for n in range(number):
            actions.reply(make_ticket(f"Ticket {n}"), "Hello", by=agent, files=[text_file()])

    requester.permits  # noqa: B018 (asked on every page)
    file(3)
    with CaptureQueriesContext(connection) as few:
        assert len(all_of(requester)["tickets"]) == 3
    file(6)
    with django_assert_num_queries(len(few)):
        assert len(all_of(requester)["tickets"]) == 9

    with django_assert_max_num_queries(6):
        assert len(next(dict(gather.sections(requester))["tickets"])) == 9


def test_portions_follow_each_other_without_gap_or_repeat(make_ticket, requester):
    made = [make_ticket(f"Ticket {n}").ref for n in range(7)]
    whole = list(gather._portions(requester.requested_tickets.all(), size=3))

    assert [len(portion) for portion in whole] == [3, 3, 1]
    assert [ticket.ref for portion in whole for ticket in portion] == made


def test_nothing_is_read_before_it_is_to_be_sent(ticket, requester, django_assert_num_queries):
    with django_assert_num_queries(0):
        parts = WRITERS["json"].write(requester, timezone.now(), "en")
        assert "schema_version" in next(parts)
    assert ticket.ref in "".join(parts)


def test_private_names_are_those_the_pages_show(make_ticket, requester):
    guard_team = Team.objects.create(name="Guards", slug="guards", is_private=True)
    guard = make_person("Uma Reed", ("agent", guard_team))
    ticket = make_ticket(team=guard_team)
    actions.take(ticket, by=guard)

    told = data_of(requester)["tickets"][0]

    assert (told["team"], told["assignee"]) == ("Guards", "Uma Reed")
    assert told["opened_at"] <= (timezone.now() + timedelta(seconds=1)).isoformat()
