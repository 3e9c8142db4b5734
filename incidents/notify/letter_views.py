"""Letters in administration: whose words stand in which, with a look at them while they are typed, and a test mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.mail import get_connection
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions.record import record_added, record_changed, record_removed, snapshot
from accounts.errors import EditConflict, require
from accounts.http import UserRequest, for_admins
from accounts.outbound import is_outgoing_on
from accounts.permissions import Permission
from incidents.notify import sample, trials
from incidents.notify.correspondence import LetterKind, LetterLook, LetterText
from incidents.notify.letter_forms import LetterLookForm, LetterTextForm
from incidents.notify.models import Channel
from incidents.notify.postbox import Postbox, Undelivered
from incidents.notify.wording import Texts

PAGE = "admin/letter.html"
TEST_PATIENCE = 10
"""Seconds that somebody waits for the mail server."""
for_readers = for_admins(Permission.CHANNELS_MANAGE, Permission.AUDIT_READ)
for_managers = for_admins(Permission.CHANNELS_MANAGE)


@dataclass(frozen=True)
class Which:
    """A letter in a language, by its address."""

    kind: LetterKind
    language: str

    @classmethod
    def named(cls, kind: str, language: str) -> "Which":
        if kind not in LetterKind.values or language not in dict(settings.LANGUAGES):
            raise Http404
        return cls(LetterKind(kind), language)

    @property
    def row(self) -> LetterText:
        """Its own words, or a row that is not stored."""
        found = LetterText.objects.filter(kind=self.kind, language=self.language).first()
        return found or LetterText(kind=self.kind, language=self.language)

    @property
    def language_name(self) -> str:
        return dict(settings.LANGUAGES)[self.language]

    @property
    def home(self) -> str:
        return self._url("letter")

    @property
    def preview(self) -> str:
        return self._url("letter-preview")

    @property
    def test(self) -> str:
        return self._url("letter-test")

    @property
    def ours(self) -> str:
        return self._url("letter-ours")

    def _url(self, page: str) -> str:
        return reverse(f"admin:{page}", args=[self.kind, self.language])


@dataclass(frozen=True)
class Shown:
    """A letter as it would be sent."""

    subject: str
    html: str
    dark: str
    text: str


@for_readers
@require_GET
def letters(request: UserRequest) -> HttpResponse:
    """Every letter, and in which languages it has an organisation's own words."""
    own = set(LetterText.objects.values_list("kind", "language"))
    rows = [
        (kind, [(Which(kind, code), (kind.value, code) in own) for code, _name in settings.LANGUAGES])
        for kind in LetterKind
    ]  # fmt: skip
    context = {
        **admin.site.each_context(request),
        "title": _("Letters"),
        "rows": rows,
        "languages": [name for _code, name in settings.LANGUAGES],
        "look": LetterLook.now(),
        "site_name": settings.SITE_NAME,
    }
    return TemplateResponse(request, "admin/letters.html", context)


@for_readers
@require_http_methods(["GET", "POST"])
def letter(request: UserRequest, kind: str, language: str) -> HttpResponse:
    """The words of one letter."""
    which = Which.named(kind, language)
    if request.method == "GET":
        return _page(request, which, LetterTextForm(instance=which.row))
    _require_manager(request)
    form = LetterTextForm(request.POST, instance=which.row)
    if not form.is_valid():
        return _page(request, which, form, status=422)
    _save(form, request)
    messages.success(request, _("Saved. Letters that leave from now on say it so."))
    return HttpResponseRedirect(which.home)


@for_managers
@require_POST
def letter_preview(request: UserRequest, kind: str, language: str) -> HttpResponse:
    """The letter with what was typed, also where something is wrong with it. Changes nothing."""
    which = Which.named(kind, language)
    form = LetterTextForm(request.POST, instance=which.row)
    form.is_valid()
    return _page(request, which, form)


@for_managers
@require_POST
def letter_ours(request: UserRequest, kind: str, language: str) -> HttpResponse:
    """Back to our words."""
    which = Which.named(kind, language)
    with transaction.atomic():
        row = LetterText.objects.select_for_update().filter(kind=kind, language=language).first()
        if row:
            record_removed(row, by=request.user)
            row.delete()
            messages.success(request, _("This letter has its standard text again."))
    return HttpResponseRedirect(which.home)


@for_managers
@require_POST
def letter_test(request: UserRequest, kind: str, language: str) -> HttpResponse:
    """Send the letter as it was typed to whoever asks for it, at once, and say what the mail server said."""
    which = Which.named(kind, language)
    form = LetterTextForm(request.POST, instance=which.row)
    if not form.is_valid():
        return _page(request, which, form, status=422)
    if not is_outgoing_on():
        messages.error(request, _("Nothing leaves this portal at present, since OUTGOING is off."))
        return _page(request, which, form, status=409)
    texts = Texts.of(which.kind, which.language, typed=form.typed())
    mail = sample.mail(which.kind, which.language, request.user, texts, LetterLook.now())
    mail.to = [request.user.email]
    error = ""
    postbox = Postbox(get_connection(timeout=TEST_PATIENCE))
    try:
        postbox.send(mail)
    except Undelivered as failure:
        error = failure.reason
    finally:
        postbox.close()
    trials.record(Channel.MAIL, str(which.kind.label), by=request.user, error=error)
    if error:
        messages.error(request, _("The mail server did not take it: %(reason)s") % {"reason": error})  # fmt: skip
        return _page(request, which, form, status=409)
    messages.success(request, _("Sent to %(address)s.") % {"address": request.user.email})
    return _page(request, which, form)


@for_readers
@require_http_methods(["GET", "POST"])
def letter_look(request: UserRequest) -> HttpResponse:
    """Heading and colour of all letters."""
    look = LetterLook.now()
    before = snapshot(look)
    form = LetterLookForm(request.POST or None, instance=look)
    if request.method == "POST":
        _require_manager(request)
        if form.is_valid():
            with transaction.atomic():
                saved = form.save()
                record_changed(saved, by=request.user, before=before)
            messages.success(request, _("Saved. Letters that leave from now on look so."))
            return HttpResponseRedirect(reverse("admin:letter-look"))
    which = Which(LetterKind.REPLY, translation.get_language() or settings.LANGUAGE_CODE)
    shown = _shown(request, which, _own(which.row), LetterLook.now() if form.errors else look)
    context = {
        **admin.site.each_context(request),
        "title": _("Look of letters"),
        "form": form,
        "shown": shown,
        "may_change": _may_change(request),
        "history": reverse("admin:notify_letterlook_history", args=[1]),
    }
    return TemplateResponse(request, "admin/letter_look.html", context, status=422 if form.errors else 200)  # fmt: skip


def _save(form: LetterTextForm, request: UserRequest) -> None:
    """A row without any words is no row."""
    row: LetterText = form.instance
    says = any(form.typed().values())
    try:
        with transaction.atomic():
            before = snapshot(LetterText.objects.get(pk=row.pk)) if row.pk else None
            if not says and before is not None:
                record_removed(row, by=request.user, before=before)
                row.delete()
            elif before is not None:
                form.save()
                record_changed(row, by=request.user, before=before)
            elif says:
                form.save()
                record_added(row, by=request.user)
    except (IntegrityError, LetterText.DoesNotExist) as error:
        raise EditConflict(_("Somebody else changed this letter at the same moment. Look at it again.")) from error  # fmt: skip


def _page(
    request: UserRequest, which: Which, form: LetterTextForm, *, status: int = 200
) -> HttpResponse:
    typed = form.typed() if form.is_bound else _own(which.row)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{which.kind.label} · {which.language_name}",
        "which": which,
        "form": form,
        "shown": _shown(request, which, typed),
        "variables": [("{{" + name + "}}", label) for name, label in which.kind.variables.items()],
        "is_own": which.row.pk is not None,
        "history": _history(which),
        "may_change": _may_change(request),
    }
    template = f"{PAGE}#preview" if request.headers.get("HX-Request") else PAGE
    return TemplateResponse(request, template, context, status=status)


def _shown(request: UserRequest, which: Which, typed: Mapping[str, str], look: LetterLook | None = None) -> Shown:  # fmt: skip
    with translation.override(which.language):
        texts = Texts.of(which.kind, which.language, typed=typed)
        letter = sample.letter(which.kind, request.user, texts, look or LetterLook.now())
        return Shown(letter.subject, letter.as_html("light"), letter.as_html("dark"), letter.as_text())  # fmt: skip


def _own(row: LetterText) -> dict[str, str]:
    return {name: getattr(row, name) for name in LetterKind(row.kind).fields}


def _history(which: Which) -> str:
    row = which.row
    return reverse("admin:notify_lettertext_history", args=[row.pk]) if row.pk else ""


def _may_change(request: UserRequest) -> bool:
    return request.user.permits.anywhere(Permission.CHANNELS_MANAGE)


def _require_manager(request: UserRequest) -> None:
    require(_may_change(request), _("You may read everything here, but change nothing."))
