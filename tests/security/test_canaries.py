"""No byte that a person can fetch holds a secret that is not theirs; nor does a mail, nor the log."""

import logging
from email.utils import getaddresses

import pytest
from django.core import mail
from django.db import connection

from incidents.notify import jobs
from tests.security.crawler import crawl
from tests.security.inventory import ROLES, matrix

PATHS = [line["path"] for line in matrix()[0].values() if "path" in line]
TRIED = [
    "/tickets/{other_ticket}/", "/tickets/{hidden_ticket}/", "/desk/tickets/{other_ticket}/", "/desk/tickets/{hidden_ticket}/",
    "/desk/queues/{other_team}/", "/desk/queues/{private_team}/", "/kb/{draft_article}/", "/kb/{staff_article}/",
    "/desk/kb/{draft_article}/", "/files/{note_token}/x.log", "/files/{token}/x.log", "/kb/search/?q=zq", "/kb/search/?q=draft",
    "/kb/search/?q=runbook", "/kb/search/?q=article", "/suggest/?q=runbook", "/suggest/?q=draft", "/suggest/?q=vpn",
    "/desk/search/?q=acl", "/desk/search/?q=laptop", "/desk/search/?q=break-in", "/desk/search/?q=vpn",
    "/tickets/new/answers/?title=break-in", "/tickets/new/answers/?title=pay", "/tickets/new/answers/?title=vpn",
    "/tickets/new/answers/?title=draft", "/tickets/new/answers/?title=runbook", "/suggest/?q=pay", "/suggest/?q=break-in",
    "/kb/{department_article}/", "/kb/{team_article}/", "/kb/{kept_draft}/", "/kb/{archived_article}/",
    "/desk/kb/{department_article}/", "/desk/kb/{team_article}/", "/desk/kb/{kept_draft}/", "/desk/kb/{archived_article}/",
    "/kb/{department_article}/pdf/", "/kb/{team_article}/pdf/", "/kb/{kept_draft}/print/", "/kb/{archived_article}/print/",
    "/kb/feed.rss", "/kb/feed.atom", "/kb/feed.rss?section=kept", "/sitemap.xml", "/robots.txt", "/desk/kb/?q=runbook", "/kb/search/?section=kept",
    "/desk/kb/{kept_draft}/life/", "/desk/kb/{kept_draft}/revisions/", "/desk/kb/{kept_draft}/revisions/1/",
    "/desk/kb/{kept_draft}/comparison/?a=1&b=1", "/desk/kb/to-do/?show=reviews&whose=all", "/desk/kb/?state=in_review", "/desk/kb/?state=everything",
    "/people/lookup/?who=person", "/people/lookup/?who=agent", "/nowhere/", "/tickets/INC-999999/",
]  # fmt: skip


FEEDS_ARE_OF = "stranger"
"""Their addresses are keys: whoever has one reads what its owner may. Nobody else is shown them."""


@pytest.mark.timeout(600)  # some fifteen hundred answers
@pytest.mark.parametrize("role", ROLES)
def test_no_page_fragment_file_or_error_holds_a_foreign_secret(
    world, role, client, client_of, caplog
):
    caplog.set_level(logging.DEBUG)
    browser = client if role == "anonymous" else client_of(world.people[role])
    browser.raise_request_exception = False
    theirs = [path for path in PATHS if role == FEEDS_ARE_OF or not path.startswith("/feeds/")]
    seeds = [world.path(path) for path in ["/", *theirs, *TRIED]]
    searches = [f"/kb/search/?q={token}" for token in world.forbidden_to(role)]
    searches += [f"/desk/search/?q={token}" for token in world.forbidden_to(role)]
    leaks, visited = {}, 0
    # Fragments come from the views and the queries of their pages: once through is enough for them.
    fragments = connection.vendor == "sqlite"
    for address, text in crawl(browser, seeds, fragments=fragments):
        visited += 1
        for token in world.forbidden_to(role):
            if (
                token in text and token not in address
            ):  # an answer may name the address it was asked by
                leaks.setdefault(token, []).append(address)
    # Searching for the very word echoes it; what must not come back is a hit.
    for address, text in crawl_only(browser, searches):
        for link in ("/kb/draft-", "/kb/runbook-", "INC-1"):
            token = address.partition("q=")[2].split()[0]
            if f"{link}" in text and token in text.split(link, 1)[1][:200]:
                leaks.setdefault(token, []).append(address)
    secret_lines = [
        token for token in world.readers if any(token in line for line in caplog.messages)
    ]

    assert visited > 40
    assert leaks == {}
    assert secret_lines == []


FROM_API = [
    "/messages", "/events", "/around", "",
]  # fmt: skip
TICKETS_TRIED = ("ticket", "other_ticket", "hidden_ticket", "offered_ticket", "merge_target", "merged_ticket", "rated_ticket", "asked_ticket")  # fmt: skip
ARTICLES_TRIED = ("article", "draft_article", "staff_article", "department_article", "team_article", "kept_draft", "archived_article")  # fmt: skip
WORDS_TRIED = ("zq", "vpn", "pay", "break-in", "runbook")


@pytest.mark.timeout(300)  # some hundred answers for each role
def test_no_answer_of_the_api_holds_a_foreign_secret(world):
    tried = [path for path in PATHS if path.startswith("/api/v1/")]
    tried += [f"/api/v1/tickets/{{{name}}}{part}" for name in TICKETS_TRIED for part in FROM_API]
    tried += [f"/api/v1/articles/{{{name}}}" for name in ARTICLES_TRIED]
    tried += [f"/api/v1/my/tickets?state={state}" for state in ("open", "closed", "following")]
    for words in WORDS_TRIED:
        tried += [f"/api/v1/search/tickets?q={words}", f"/api/v1/search/articles?q={words}"]
        tried += [f"/api/v1/tickets?q={words}", f"/api/v1/my/tickets?q={words}", f"/api/v1/people?q={words}"]  # fmt: skip
    leaks = {}
    for role in ROLES[1:]:
        program = world.program(role)
        for path in dict.fromkeys(map(world.path, tried)):
            for address, text in crawl_only(program, [path]):
                for token in world.forbidden_to(role):
                    if token in text and token not in address:
                        leaks.setdefault((role, token), []).append(address)
    assert leaks == {}


def crawl_only(browser, addresses):
    from tests.security.crawler import bytes_of, readable

    for address in addresses:
        yield address, readable(bytes_of(browser.get(address)))


def test_no_mail_holds_a_secret_that_its_reader_may_not_know(world):
    jobs.send_due()
    role_of = {person.email: role for role, person in world.people.items()}

    assert mail.outbox
    for message in mail.outbox:
        text = message.message().as_string() + "".join(
            str(part.get_payload(decode=True)) for part in message.message().walk()
        )
        for _name, address in getaddresses(message.recipients()):
            for token in world.forbidden_to(role_of[address]):
                assert token not in text, f"{token} in a mail to {address}"
