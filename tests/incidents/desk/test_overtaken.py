"""A reply that was overtaken (W33): the new message first, the text kept, and the choice to send anyway."""

import pytest

from incidents.tickets import actions
from incidents.tickets.models import Ticket
from tests.incidents.desk.conftest import body


def begun(ticket):
    version = Ticket.objects.get(pk=ticket.pk).version
    return {"seen": version, "expected": version}


@pytest.mark.parametrize("browser", ["desk", "htmx"])
@pytest.mark.parametrize(
    ("part", "given"),
    [
        ("replies", {}),
        ("replies", {"then": "wait"}),
        ("resolution", {"code": "fixed"}),
    ],
)
def test_the_new_message_is_shown_and_nothing_is_sent(
    request, taken, requester, url, browser, part, given
):
    client, seen = request.getfixturevalue(browser), begun(taken)
    actions.reply(taken, "It works again, *never mind*.", by=requester)

    answer = client.post(url(taken, part), {"body": "Try the other port.", **seen, **given})

    assert answer.status_code == 409
    assert "Robin Kestrel wrote while you were typing." in body(answer)
    assert "It works again, <em>never mind</em>." in body(answer)
    assert "Try the other port.</textarea>" in body(answer)
    assert Ticket.objects.get(pk=taken.pk).version == seen["seen"] + 1

    again = client.post(url(taken, part), {"body": "Try the other port.", **begun(taken), **given})
    assert again.status_code in {200, 302}
    assert taken.messages.order_by("-pk")[0].body == "Try the other port."


def test_send_anyway_does_what_was_asked(htmx, taken, requester, url):
    seen = begun(taken)
    actions.reply(taken, "Hello?", by=requester)

    page = body(htmx.post(url(taken, "replies"), {"body": "Which port?", "then": "wait", **seen}))

    assert f'id="seen-reply" value="{seen["seen"] + 1}"' in page
    assert (
        '<button class="btn btn-secondary btn-sm" type="submit" name="then" value="wait">' in page
    )


def test_what_is_internal_or_mine_overtakes_nothing(desk, taken, agent, lead, url):
    seen = begun(taken)
    actions.note(taken, "Looking.", by=lead)
    actions.reply(taken, "On it.", by=agent)
    actions.set_priority(taken, impact="many", by=lead)

    desk.post(url(taken, "replies"), {"body": "Which port?", **seen})
    assert taken.messages.order_by("-pk")[0].body == "Which port?"


def test_a_note_is_never_overtaken(desk, taken, requester, url):
    seen = begun(taken)
    actions.reply(taken, "Hello?", by=requester)

    desk.post(url(taken, "notes"), {"body": "Odd.", **seen})
    assert taken.messages.order_by("-pk")[0].body == "Odd."


def test_several_who_wrote(htmx, taken, requester, lead, url):
    seen = begun(taken)
    actions.reply(taken, "One", by=requester)
    actions.reply(taken, "Two", by=lead)

    page = body(htmx.post(url(taken, "replies"), {"body": "Three", **seen}))
    assert "Several people wrote while you were typing." in page
