"""Letters in administration: their own pages stand in for lists and forms of the tables."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts import administration
from accounts.administration.logged import LoggedAdmin
from accounts.permissions import Permission
from incidents.notify import letter_views as views
from incidents.notify.correspondence import LetterLook, LetterText


class OwnPages(LoggedAdmin):
    permission = Permission.CHANNELS_MANAGE

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:letters"))


@admin.register(LetterText)
class LetterTextAdmin(OwnPages):
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = LetterText.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        where = reverse("admin:letter", args=[row.kind, row.language]) if row else reverse("admin:letters")  # fmt: skip
        return HttpResponseRedirect(where)


@admin.register(LetterLook)
class LetterLookAdmin(OwnPages):
    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:letter-look"))


for route, view, name in (
    ("letters/", views.letters, "letters"),
    ("letters/look/", views.letter_look, "letter-look"),
    ("letters/<slug:kind>/<slug:language>/", views.letter, "letter"),
    ("letters/<slug:kind>/<slug:language>/preview/", views.letter_preview, "letter-preview"),
    ("letters/<slug:kind>/<slug:language>/test/", views.letter_test, "letter-test"),
    ("letters/<slug:kind>/<slug:language>/ours/", views.letter_ours, "letter-ours"),
):
    administration.serve(route, view, name)
administration.offer(
    administration.Page(
        85, gettext_lazy("Letters"), gettext_lazy("What mails say around the news, in which language, and how they look."),
        "stylus_note", "admin:letters", (Permission.CHANNELS_MANAGE,), gettext_lazy("Channels"),
    ),
)  # fmt: skip
