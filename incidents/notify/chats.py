"""Chat and phone services by Apprise. Only the worker loads it, and the page on which an address is entered.

What an administrator typed is theirs to answer for, except that an address is of a service on `services.SERVICES`
and names no file: Apprise could read files, run plugins of its own or ring on the server's desktop, which nobody here
may ask of it.
"""

import logging
import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.bidi import isolated
from accounts.errors import InvalidInput, Refused
from incidents.notify import services, tellings
from incidents.notify.models import ChatAddress, ChatService, Delivery, Posting
from incidents.notify.postbox import Undelivered, Verdict
from incidents.notify.rules import RULES
from incidents.tickets.kinds import Kind

log = logging.getLogger("firebreak.notify")
_STATUS = re.compile(r"error[ =:]+(\d{3})")
_ADDRESS = re.compile(r"https?://[^\s()\[\]]+")
# Fewer than `plain_to_markdown` escapes, and no entities: chats know less of Markdown than our own pages do.
_MARKS = re.compile(r"[\\`*_\[\]<>~|#]")


class ToPeople:
    """Tells a person by every service at which they gave an address."""

    def send(self, row: Delivery, rows: Sequence[Delivery]) -> None:
        addresses = ChatAddress.objects.in_use().filter(user=row.recipient_id)
        found = list(addresses.select_related("service").order_by("pk"))
        if not found:
            raise Undelivered(Verdict.NEVER, _("no service and address are given any more"))
        title, body = words_of(row)
        failures = []
        for one in found:
            try:
                tell(one.service, title, body, to=one.to)
            except Undelivered as failure:
                failures.append(failure)
        if len(failures) == len(found):
            later = (one for one in failures if one.verdict is Verdict.LATER)
            raise next(later, failures[0])

    def close(self) -> None:
        """Apprise keeps no connection."""


class ToRooms:
    """Posts into the channels of teams."""

    def send(self, row: Posting, rows: Sequence[Posting]) -> None:
        tell(row.service, *words_in_room(row))

    def close(self) -> None:
        """Apprise keeps no connection."""


def words_of(row: Delivery) -> tuple[str, str]:
    """For one person, through other hands: number and sentence, and the way to the rest."""
    reader = row.recipient
    with translation.override(reader.letter_language):
        telling = tellings.of(row, reader)
        return telling.ref, f"{tellings.briefly(row, reader)}\n{settings.SITE_URL}{telling.url}"


def words_in_room(row: Posting) -> tuple[str, str]:
    """For a channel that staff alone read also what the ticket is called. Nobody's text is in either."""
    event, ticket = row.event, row.event.ticket
    with translation.override(settings.LANGUAGE_CODE):
        if event.kind == Kind.ESCALATED:
            sentence = (
                _("This ticket waits too long and was escalated")
                if event.actor.is_system
                else tellings.calls_for_help(event)
            )
        else:
            sentence = RULES[Kind(event.kind)].tell(event, _nobody())
        title = ticket.ref
        if row.service.is_staff_only:
            title = f"{ticket.ref} ({ticket.get_priority_display()}): {isolated(ticket.title)}"
        return title, f"{sentence}\n{settings.SITE_URL}{ticket.desk_url}"


def check(address: str, *, for_people: bool) -> str:
    """The address as it may be kept: of a service that we offer, and written so that Apprise can read it.

    Raises:
        InvalidInput: it is not.
    """
    checked = services.check_address(address, for_people=for_people)
    samples = services.SAMPLES if for_people else ("",)
    if not any(_sender(services.address_for(checked, to)) for to in samples):
        raise InvalidInput(
            _("Apprise can’t read this address. Compare it with what Apprise’s page on this service says: something is missing, or too short or too long."),
            field="address",
        )  # fmt: skip
    return checked


def send_test(service: ChatService, to: str = "") -> None:
    """Raises:
    Undelivered: it did not get there.
    """
    with translation.override(settings.LANGUAGE_CODE):
        tell(service, settings.SITE_NAME, _("This is a test. If you read it, it works."), to=to)


def tell(service: ChatService, title: str, body: str, *, to: str = "") -> None:
    """Hand a message to a service.

    Raises:
        Undelivered: with what the failure means.
    """
    try:
        address = services.address_for(service.address, to)
    except Refused as error:
        raise Undelivered(Verdict.NEVER, error.message) from error
    sender = _sender(address)
    if sender is None:
        raise Undelivered(Verdict.NEVER, _("Apprise can’t read the address of this service"))
    import apprise

    with apprise.LogCapture(level=logging.WARNING) as said:
        body, form = _as_it_reads(sender[0], body)
        taken = sender.notify(title=title, body=body, body_format=form)
        status = _STATUS.search(said.getvalue())
    if taken:
        return
    # What Apprise says besides may hold the service's secrets, so the number is all that is kept.
    number = status[1] if status else ""
    reason = _("the service answers %(status)s") % {"status": number} if number else _("the service did not take it")  # fmt: skip
    never = number.startswith("4") and number not in ("408", "425", "429")
    raise Undelivered(Verdict.NEVER if never else Verdict.LATER, reason)


def _as_it_reads(plugin: Any, body: str) -> tuple[str, Any]:
    """The words, and what they are written in. Apprise would write signs of addresses so that they lead nowhere where a
    service reads Markdown, as Teams does.
    """
    import apprise

    if plugin.notify_format != apprise.NotifyFormat.MARKDOWN:
        return body, apprise.NotifyFormat.TEXT
    lines = (
        f"[{line}]({line})" if _ADDRESS.fullmatch(line) else _MARKS.sub(r"\\\g<0>", line)
        for line in body.splitlines()
    )
    return "\n\n".join(lines), apprise.NotifyFormat.MARKDOWN


def _sender(address: str) -> Any:
    """Apprise with this one service, which may attach nothing and reads no configuration."""
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Firebreak", app_desc="Firebreak", plugin_paths=[], storage_mode=apprise.PersistentStoreMode.MEMORY,
        http_redirects=False,  # whoever answers does not say where else we ask
        image_url_mask="", image_url_logo="",  # no sign of Apprise, which readers would fetch from elsewhere
    )  # fmt: skip
    # Below this, it writes out addresses, and what of them it can't read.
    said_by_apprise = logging.getLogger("apprise")
    said_by_apprise.setLevel(logging.CRITICAL)
    try:
        plugin = apprise.Apprise.instantiate(address, asset=asset)
    finally:
        said_by_apprise.setLevel(logging.WARNING)
    if plugin is None:
        return None
    sender = apprise.Apprise(asset=asset)
    sender.add(plugin)
    return sender


def _nobody() -> Any:
    """Sentences in a channel are told to no one in particular."""
    from accounts.models import User

    return User(pk=0)
