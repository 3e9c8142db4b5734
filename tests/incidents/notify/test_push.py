"""Web Push end to end: a push service on loopback takes what the browser's own keys then decrypt."""

import base64
import json
import os
import time
from datetime import timedelta

import http_ece
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.errors import InvalidInput, Refused
from accounts.models import Grant
from incidents.notify import actions as notices
from incidents.notify import jobs, pushes
from incidents.notify.models import Delivery, Device, PushKeys, State
from incidents.notify.postbox import Undelivered
from incidents.tickets import actions
from tests.sinks import answer, sink

PAGE = "/notifications/reach/"


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """What a browser has for one site: an address at its push service, and keys that never leave it."""

    def __init__(self, url: str) -> None:
        self.endpoint = url
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.given = {"endpoint": url, "p256dh": text(point), "auth": text(self.secret)}

    def read(self, body: bytes) -> dict:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))  # fmt: skip


@pytest.fixture
def service(settings):
    with sink() as made:
        settings.PUSH_ALLOWED = [f"127.0.0.1:{made.port}"]
        made.behave = answer(201)
        yield made


@pytest.fixture
def browser(service):
    return Browser(f"http://127.0.0.1:{service.port}/push/one")


@pytest.fixture
def switch_on(client_of):
    """Press the button, as the page's form sends it."""

    def press(person, browser, client=None):
        client = client or client_of(person)
        assert client.post("/notifications/devices/", browser.given).status_code == 302
        return Device.objects.get(mark=pushes.mark_of(browser.endpoint))

    return press


def pushed_to(person) -> Delivery:
    return Delivery.objects.filter(recipient=person, channel="push").latest("pk")


def test_a_reply_is_shown_on_the_device(service, browser, switch_on, ticket, requester, agent):
    switch_on(requester, browser)
    actions.reply(ticket, "The secret is in the words.", by=agent)

    assert jobs.send_due("push") == 1

    came = service.received[-1]
    assert browser.read(came.body) == {
        "title": ticket.ref,
        "body": "Sasha Vole replied",
        "url": ticket.get_absolute_url(),
        "tag": pushes.topic_of(pushed_to(requester).message_id),
    }
    assert pushed_to(requester).state == State.SENT
    assert Device.objects.get().last_told_at is not None
    assert b"secret" not in came.body


def test_the_push_service_is_shown_that_it_is_us(service, browser, switch_on, ticket, requester, agent):  # fmt: skip
    switch_on(requester, browser)
    actions.reply(ticket, "Yes.", by=agent)
    jobs.send_due("push")

    came = service.received[-1]
    scheme, said = came.headers["authorization"].split(" ", 1)
    parts = dict(part.split("=", 1) for part in said.split(","))
    point = base64.urlsafe_b64decode(parts["k"] + "==")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    claims = jwt.decode(parts["t"], key, algorithms=["ES256"], audience=f"http://127.0.0.1:{service.port}")  # fmt: skip
    assert scheme == "vapid"
    assert parts["k"] == PushKeys.objects.get().public
    assert time.time() < claims["exp"] < time.time() + 24 * 3600
    assert came.headers["content-encoding"] == "aes128gcm"
    assert (came.headers["urgency"], came.headers["ttl"]) == ("normal", "43200")
    assert len(came.headers["topic"]) == 32


def test_our_keys_are_made_once_and_the_private_one_is_sealed(client_of, requester, agent):
    from django.db import connection

    given = {client_of(one).post("/notifications/devices/key/").json()["key"] for one in (requester, agent)}  # fmt: skip

    row = PushKeys.objects.get()
    assert given == {row.public}
    with connection.cursor() as cursor:
        cursor.execute("SELECT private FROM notify_pushkeys")
        assert row.private not in str(cursor.fetchall())


def test_what_a_ticket_is_called_is_shown_only_where_somebody_wants_it(
    service, browser, switch_on, ticket, requester, agent, client_of
):
    device = switch_on(requester, browser)
    client_of(requester).post(f"/notifications/devices/{device.pk}/titles/", {"shown": "1"})
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert browser.read(service.received[-1].body)["title"] == f"{ticket.ref}: {ticket.title}"


def test_why_somebody_calls_for_help_is_not_on_a_locked_screen(service, browser, switch_on, ticket, lead, agent):  # fmt: skip
    switch_on(lead, browser)
    actions.escalate(ticket, told=[lead.pk], reason="Her password is hunter2.", by=agent)

    jobs.send_due("push")

    told = browser.read(service.received[-1].body)
    assert "calls for your help" in told["body"]
    assert "hunter2" not in str(told)
    assert service.received[-1].headers["urgency"] == "high"


def test_a_device_that_the_browser_ended_is_forgotten(service, browser, switch_on, ticket, requester, agent):  # fmt: skip
    switch_on(requester, browser)
    service.behave = answer(410)
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert not Device.objects.exists()
    assert (pushed_to(requester).state, pushed_to(requester).last_error) == (State.FAILED, "the browser has ended it")  # fmt: skip
    actions.reply(ticket, "And?", by=agent)
    assert Delivery.objects.filter(channel="push").count() == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_push_service_that_is_busy_is_asked_again(service, browser, switch_on, ticket, requester, agent, status):  # fmt: skip
    switch_on(requester, browser)
    service.behave = answer(status)
    actions.reply(ticket, "Yes.", by=agent)
    jobs.send_due("push")
    assert (pushed_to(requester).state, pushed_to(requester).attempts) == (State.WAITING, 1)

    service.behave = answer(201)
    Delivery.objects.update(due_at=timezone.now())
    jobs.send_due("push")

    assert pushed_to(requester).state == State.SENT
    topics = {one.headers["topic"] for one in service.received}
    assert len(topics) == 1  # the second takes the place of the first


def test_one_device_that_fails_does_not_hold_up_the_other(service, browser, switch_on, ticket, requester, agent, client_of):  # fmt: skip
    other = Browser(f"http://127.0.0.1:{service.port}/push/two")
    for one in (browser, other):
        switch_on(requester, one)
    service.behave = lambda asked, to: answer(410 if asked.path.endswith("one") else 201)(asked, to)
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert pushed_to(requester).state == State.SENT
    assert Device.objects.get().endpoint.endswith("two")


def test_rights_are_asked_again_before_it_leaves(service, browser, switch_on, ticket, agent, lead):
    switch_on(agent, browser)
    actions.assign(ticket, to=agent, by=lead)
    Grant.objects.filter(user=agent).delete()

    jobs.send_due("push")

    assert pushed_to(agent).state == State.DROPPED
    assert service.received == []


def test_without_a_device_any_more_it_is_dropped_and_did_not_fail(service, browser, switch_on, ticket, requester, agent):  # fmt: skip
    device = switch_on(requester, browser)
    actions.reply(ticket, "Yes.", by=agent)
    notices.remove_device(device, by=requester)

    jobs.send_due("push")

    assert pushed_to(requester).state == State.DROPPED


# When access ends ---------------------------------------------------------------------------------------------


def test_signing_out_ends_the_device(service, browser, switch_on, ticket, requester, agent, client_of):  # fmt: skip
    client = client_of(requester)
    switch_on(requester, browser, client)
    client.post("/accounts/logout/")
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert service.received == []
    assert not Device.objects.exists()


def test_a_new_password_ends_the_devices(service, browser, switch_on, ticket, requester, agent):
    switch_on(requester, browser)
    requester.set_password("another long password")
    requester.save()
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert service.received == []


@pytest.mark.parametrize("comes_back", [False, True])
def test_another_secret_of_the_server_ends_no_device(
    service, browser, switch_on, ticket, requester, agent, client_of, settings, comes_back
):
    client = client_of(requester)
    device = switch_on(requester, browser, client)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret"
    if comes_back:
        assert client.get(PAGE).status_code == 200
        assert Device.objects.get().session_key != device.session_key
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert len(service.received) == 1
    if comes_back:
        client.post("/accounts/logout/")
        actions.reply(ticket, "And?", by=agent)
        jobs.send_due("push")
        assert not Device.objects.exists()


def test_a_session_that_merely_ran_out_ends_no_device(service, browser, switch_on, ticket, requester, agent):  # fmt: skip
    switch_on(requester, browser)
    Session.objects.all().delete()
    Device.objects.update(signed_in_until=timezone.now() - timedelta(days=1))
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert len(service.received) == 1


def test_somebody_who_left_is_told_nothing(service, browser, switch_on, ticket, requester, agent):
    switch_on(requester, browser)
    actions.reply(ticket, "Yes.", by=agent)
    requester.is_active = False
    requester.save()

    jobs.send_due("push")

    assert service.received == []


def test_a_browser_belongs_to_who_pressed_the_button_last(browser, switch_on, requester, agent):
    switch_on(requester, browser)
    switch_on(agent, browser)

    assert Device.objects.get().user == agent


# What a browser may give --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "push", "file:///etc/passwd", "http://127.0.0.1:6379/", "http://localhost/", "https://10.0.0.1/x",
        "http://[::1]/", "http://169.254.169.254/latest/", "https://user:word@example.com/", "x" * 2000,
    ],
)  # fmt: skip
def test_an_endpoint_must_be_a_public_address(client_of, requester, endpoint):
    given = Browser(endpoint).given

    assert client_of(requester).post("/notifications/devices/", given).status_code == 422
    assert not Device.objects.exists()


def test_a_name_that_turns_inwards_is_never_connected_to(service, browser, switch_on, ticket, requester, agent, settings):  # fmt: skip
    switch_on(requester, browser)
    settings.PUSH_ALLOWED = []
    actions.reply(ticket, "Yes.", by=agent)

    jobs.send_due("push")

    assert service.connections == 0
    assert pushed_to(requester).state == State.FAILED


def test_what_webhooks_may_reach_no_browser_may_name(client_of, requester, settings):
    """Anybody signed in could else post to what stands in the house."""
    with sink() as inside:
        settings.OUTBOUND_ALLOWED = [f"127.0.0.1:{inside.port}"]
        given = Browser(f"http://127.0.0.1:{inside.port}/").given
        assert client_of(requester).post("/notifications/devices/", given).status_code == 422
        device = Device(user=requester, name="x", **given)
        with pytest.raises(Undelivered, match=r"^the push service did not take it$"):
            pushes.push(device, {"title": "x"}, mark="x")
        assert inside.connections == 0


@pytest.mark.parametrize(
    "wrong", [{"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "é"}, {"auth": ""}]
)
def test_keys_must_be_keys(client_of, browser, requester, wrong):
    given = browser.given | wrong

    assert client_of(requester).post("/notifications/devices/", given).status_code == 422


def test_only_so_many_devices(browser, service, requester):
    until = timezone.now() + timedelta(days=1)
    for number in range(Device.MOST):
        given = Browser(f"http://127.0.0.1:{service.port}/{number}").given
        notices.add_device(by=requester, name="", session_key="", until=until, **given)

    with pytest.raises(Refused, match="10 devices"):
        notices.add_device(by=requester, name="", session_key="", until=until, **browser.given)


def test_over_https_only_a_secure_endpoint_counts(browser, requester, settings):
    settings.HTTPS = True

    with pytest.raises(InvalidInput):
        notices.add_device(by=requester, name="", session_key="", until=timezone.now(), **browser.given)  # fmt: skip


# The page -----------------------------------------------------------------------------------------------------


def test_devices_are_listed_tested_and_removed_by_their_owner(service, browser, switch_on, requester, client_of):  # fmt: skip
    client = client_of(requester)
    device = switch_on(requester, browser, client)
    assert pushes.mark_of(browser.endpoint) in client.get(PAGE).text

    page = client.post(f"/notifications/devices/{device.pk}/test/", follow=True)
    assert "Sent." in page.text
    assert browser.read(service.received[-1].body)["title"] == django_settings.SITE_NAME
    assert "Test of a device" in client.get("/notifications/sent/").text

    client.post(f"/notifications/devices/{device.pk}/removal/")
    assert not Device.objects.exists()


def test_a_test_that_fails_says_so(service, browser, switch_on, requester, client_of):
    client = client_of(requester)
    device = switch_on(requester, browser, client)
    service.behave = answer(403)

    page = client.post(f"/notifications/devices/{device.pk}/test/")

    assert page.status_code == 409
    assert "the push service did not take it" in page.text
    assert "answers" not in page.text
    row = Delivery.objects.get(occasion="device_test")
    assert (row.state, row.channel) == (State.DROPPED, "push")
    assert "the push service did not take it" in client.get("/notifications/sent/").text


def test_tests_are_few(service, browser, switch_on, requester, client_of):
    client = client_of(requester)
    device = switch_on(requester, browser, client)
    answers = [client.post(f"/notifications/devices/{device.pk}/test/").status_code for _n in range(7)]  # fmt: skip

    assert answers == [302] * 6 + [429]


def test_other_peoples_devices_do_not_exist(browser, switch_on, requester, other_requester, client_of):  # fmt: skip
    device = switch_on(requester, browser)
    client = client_of(other_requester)

    for deed in ("removal", "titles", "test"):
        assert client.post(f"/notifications/devices/{device.pk}/{deed}/").status_code == 404
    assert Device.objects.filter(shows_titles=False).exists()


def test_quiet_hours_are_kept_and_wrong_ones_said(client_of, requester):
    client = client_of(requester)
    right = {"quiet_from": "22:00", "quiet_until": "06:30", "morning_at": "08:00"}

    assert client.post(f"{PAGE}hours/", right).status_code == 302
    requester.refresh_from_db()
    assert str(requester.habits.quiet_until) == "06:30:00"
    for wrong in ({"quiet_until": ""}, {"quiet_until": "22:00"}, {"morning_at": ""}, {"quiet_from": "25:00"}):  # fmt: skip
        assert client.post(f"{PAGE}hours/", right | wrong).status_code == 422
    assert client.post(f"{PAGE}hours/", {"quiet_from": "", "quiet_until": "", "morning_at": "07:30"}).status_code == 302  # fmt: skip
    assert not type(requester.habits).objects.exists()
