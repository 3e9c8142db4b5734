"""The words and the look of letters as configuration."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.administration.portable import Part, Values, by_form, register
from accounts.errors import InvalidInput
from accounts.models import User
from accounts.permissions import Permission
from incidents.notify import rooms
from incidents.notify.correspondence import LetterKind, LetterLook, LetterText
from incidents.notify.letter_forms import LetterLookForm, LetterTextForm
from incidents.notify.models import ChatService, NoticeRules, TeamRule
from incidents.notify.rooms import HEARD

P = Permission


def write_text(part: Part, row: Any, values: Values, *, by: User) -> LetterText:
    """Only words that its kind of letter has."""
    if values["kind"] in LetterKind.values:
        kind = LetterKind(values["kind"])
        for name in ("subject", "greeting", "sentence", "foot"):
            if values.get(name) and name not in kind.fields:
                raise InvalidInput(_("This can’t be set in this letter."), field=name)
    saved: Any = by_form(part, row, values, by=by)
    text: LetterText = saved
    return text


def write_look(part: Part, row: Any, values: Values, *, by: User) -> LetterLook:
    only, _made = LetterLook.objects.get_or_create(pk=1)
    saved: Any = by_form(part, only, values, by=by)
    look: LetterLook = saved
    return look


def write_service(part: Part, row: Any, values: Values, *, by: User) -> ChatService:
    """Without its address, which no file holds: it keeps its own, and a new service stays off until it has one."""
    values = values | {"topics": [name for name in values.get("topics", []) if name in HEARD]}
    if row is None or not row.address:
        values |= {"is_on": False}
    told = ("team", "is_staff_only", "topics")
    if row is None or any(getattr(row, name) != values.get(name) for name in told):
        rooms.check_who(by, values.get("team"), is_staff_only=bool(values.get("is_staff_only")))
    saved: Any = by_form(part, row, values, by=by)
    service: ChatService = saved
    rooms.renew()
    return service


def write_pace(part: Part, row: Any, values: Values, *, by: User) -> NoticeRules:
    only, _made = NoticeRules.objects.get_or_create(pk=1)
    saved: Any = by_form(part, only, values, by=by)
    rules: NoticeRules = saved
    return rules


register(
    Part(
        "chat_services", 124, ChatService, P.CHANNELS_MANAGE, ("name",),
        ("team", "is_staff_only", "topics", "to_hint", "is_on"), write=write_service,
    ),
    Part(
        "team_notices", 126, TeamRule, P.CHANNELS_MANAGE, ("team", "topic", "channel"), ("is_wanted", "is_daily"),
    ),
    Part(
        "pace_of_notices", 127, NoticeRules, P.CHANNELS_MANAGE, (), ("bundle_minutes", "waits"), write=write_pace,
    ),
    Part(
        "letters", 120, LetterText, P.CHANNELS_MANAGE, ("kind", "language"),
        ("subject", "greeting", "sentence", "foot"), write=write_text, form=LetterTextForm,
        page=lambda row: reverse("admin:letter", args=[row.kind, row.language]), home="admin:letters",
    ),
    Part(
        "letter_look", 122, LetterLook, P.CHANNELS_MANAGE, (), ("heading", "colour"), write=write_look, form=LetterLookForm,
        page=lambda row: reverse("admin:letter-look"), home="admin:letters", words=gettext_lazy("look of letters"),
    ),
)  # fmt: skip
