"""What tests of the desk share: agents' browsers, with htmx and without, and tickets in a given state."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.http import urlencode

from accounts.models import User
from incidents.tickets import actions
from incidents.tickets.models import Ticket
from incidents.workflow import rulebook
from incidents.workflow.states import Status

NEWS = "/desk/queues/network/news/"


@pytest.fixture
def desk(client_of: Callable[..., Client], agent: User) -> Client:
    """The agent's browser without JavaScript, of a desk that knows the rules: a process reads them once."""
    rulebook.current()
    return client_of(agent)


@pytest.fixture
def htmx(client_of: Callable[..., Client], agent: User) -> Client:
    """The agent's browser, as htmx asks."""
    return client_of(agent, headers={"HX-Request": "true"})


@pytest.fixture
def taken(ticket: Ticket, agent: User) -> Ticket:
    return actions.take(ticket, by=agent)


@pytest.fixture
def resolved(taken: Ticket, agent: User) -> Ticket:
    return actions.resolve(taken, "Restarted the gateway.", code="fixed", by=agent)


@pytest.fixture
def in_status(taken: Ticket, agent: User, requester: User) -> Callable[[str], Ticket]:
    """The ticket after the steps that lead to a status."""

    def bring(status: str) -> Ticket:
        if status == Status.OPEN:
            return taken
        if status in {Status.WAITING_REQUESTER, Status.WAITING_OTHER}:
            return actions.transition(taken, to=Status(status), by=agent, text="Wait for it.")
        done = actions.resolve(taken, "Done.", code="fixed", by=agent)
        return actions.confirm(done, by=requester) if status == Status.CLOSED else done

    return bring


@pytest.fixture
def url() -> Callable[..., str]:
    def of(ticket: Ticket, *parts: Any) -> str:
        return "/".join([f"/desk/tickets/{ticket.ref}", *map(str, parts)]) + "/"

    return of


def body(response: Any) -> str:
    return response.content.decode()


def news_url(response: Any) -> str:
    """The address of the news with what the page, or what replaced a part of it, says it has seen."""
    page = body(response)
    told = re.search(r'<span id="since".*?</span>', page, re.DOTALL)
    assert told, "the answer does not say what was seen"
    pairs = re.findall(r'name="([^"]+)" value="([^"]*)"', told[0])
    return f"{NEWS}?{urlencode([(name, html.unescape(value)) for name, value in pairs])}"
