"""A mail server of our own that answers as a test tells it, and what tests ask of the outbox."""

import asyncio
import email
import email.policy
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from accounts.models import User
from incidents.notify import rooms
from incidents.notify.models import ChatService, Delivery
from incidents.tickets.models import Event
from tests.services import free_port


def make_service(**fields: Any) -> ChatService:
    """A chat service, and every process knows it, as after saving it in administration."""
    made = ChatService.objects.create(**fields)
    rooms.renew()
    return made


def change_services(**fields: Any) -> None:
    ChatService.objects.update(**fields)
    rooms.renew()


class Sink:
    """Takes mail like a server does. `says` holds answers to come, by recipient; then it takes everything."""

    def __init__(self) -> None:
        self.says: dict[str, list[str]] = defaultdict(list)
        self.after_data: list[str] = []
        self.hangs_up = 0
        self.waits = 0.0
        self.mails: list[Any] = []
        self.envelopes: list[Any] = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.says[address]:
            answer = self.says[address].pop(0)
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.after_data:
            answer = self.after_data.pop(0)
            if not answer.startswith("250"):
                return answer
        await asyncio.sleep(self.waits)
        self.envelopes.append(envelope)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        if self.hangs_up:
            self.hangs_up -= 1
            server.transport.abort()
        return "250 taken"

    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]

    def to(self, person: User) -> list[Any]:
        return [m for m, e in zip(self.mails, self.envelopes, strict=True) if e.rcpt_tos == [person.email]]  # fmt: skip


@pytest.fixture
def smtp(settings: Any) -> Iterator[Sink]:
    """Mail goes to a real server on a free port."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield sink
    controller.stop()


@pytest.fixture
def heard() -> Callable[[Event], set[tuple[str, str]]]:
    """Who hears of an event and how, as (first name, channel)."""

    def ask(event: Event) -> set[tuple[str, str]]:
        rows = Delivery.objects.filter(event=event).select_related("recipient")
        return {(row.recipient.first_name, row.channel) for row in rows}

    return ask


@pytest.fixture
def last(ticket: Any) -> Callable[[], Event]:
    return lambda: ticket.events.order_by("-number")[0]
