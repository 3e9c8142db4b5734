"""What pages ask of Django: a fresh list, and the stream where the ASGI part is missing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Grant, User
from incidents.live.topics import read, sign
from incidents.tickets.models import Ticket

RENEW = "/live/renew/"


def test_the_addresses_are_the_ones_that_the_scripts_know() -> None:
    assert (reverse("live:stream"), reverse("live:renew")) == ("/live/", RENEW)


def test_an_old_list_is_renewed_for_its_person(
    client_of: Callable[..., Client], ticket: Ticket, requester: User
) -> None:
    with time_machine.travel("2026-11-23 12:00", tick=False) as clock:
        client = client_of(requester)
        old = sign(requester, [f"ticket:{ticket.number}"])
        clock.shift(timedelta(hours=9))
        fresh = client.get(RENEW, {"topics": old}).json()["topics"]

        assert read(fresh, requester.pk).topics == (f"ticket:{ticket.number}",)


def test_several_lists_become_one(client_of: Callable[..., Client], agent: User) -> None:
    lists = [sign(agent, ["unassigned"]), sign(agent, [f"bell:{agent.pk}"])]
    fresh = client_of(agent).get(RENEW, {"topics": lists}).json()["topics"]

    assert read(fresh, agent.pk).topics == (f"bell:{agent.pk}", "unassigned")


def test_topics_that_were_lost_are_left_out(client_of: Callable[..., Client], agent: User) -> None:
    old = sign(agent, ["queue:network", f"bell:{agent.pk}"])
    Grant.objects.filter(user=agent).delete()
    fresh = client_of(agent).get(RENEW, {"topics": old}).json()["topics"]

    assert read(fresh, agent.pk).topics == (f"bell:{agent.pk}",)


@pytest.mark.parametrize("signed", ["", "ticket:1", "a:b:c", "%", "W10:1w:x"])
def test_what_we_did_not_sign_is_not_renewed(
    client_of: Callable[..., Client], requester: User, signed: str
) -> None:
    answer = client_of(requester).get(RENEW, {"topics": signed})

    assert (answer.status_code, answer.content) == (403, b"Forbidden")


def test_the_list_of_another_person_is_not_renewed(
    client_of: Callable[..., Client], agent: User, other_agent: User
) -> None:
    assert (
        client_of(agent).get(RENEW, {"topics": sign(other_agent, ["unassigned"])}).status_code
        == 403
    )


def test_without_the_asgi_part_a_browser_is_told_not_to_ask_again(
    client_of: Callable[..., Client], requester: User
) -> None:
    assert client_of(requester).get("/live/").status_code == 204


def test_without_a_session_one_is_sent_to_sign_in(client: Client, db: None) -> None:
    assert client.get(RENEW, {"topics": "x"}).status_code == 302
