"""Letters in administration: their own pages stand in for lists and forms of the tables."""

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts import administration
from accounts.administration.logged import OwnPages
from accounts.permissions import Permission
from incidents.notify import letter_views as views
from incidents.notify.correspondence import LetterLook, LetterText


@admin.register(LetterText)
class LetterTextAdmin(OwnPages):
    permission = Permission.CHANNELS_MANAGE
    pages = "admin:letters"

    def page_of(self, key: str) -> str:
        row = LetterText.objects.filter(pk=key).first() if key.isdecimal() else None
        return (
            reverse("admin:letter", args=[row.kind, row.language]) if row else reverse(self.pages)
        )


@admin.register(LetterLook)
class LetterLookAdmin(OwnPages):
    permission = Permission.CHANNELS_MANAGE
    pages = "admin:letters"

    def page_of(self, key: str) -> str:
        return reverse("admin:letter-look")


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
