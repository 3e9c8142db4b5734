"""An article to be printed: as a plain page, and as a PDF."""

import re
from typing import Any, BinaryIO

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import for_public
from knowledge import pdf
from knowledge.models import ArticleFile
from knowledge.reading import Reading
from knowledge.views.reader import for_engines, visible

OWN_FILE = re.compile(r"^/kb/files/([A-Za-z0-9_-]+)/")


@for_public
@require_GET
def print_page(request: HttpRequest, slug: str) -> HttpResponse:
    reading = _reading(request, slug)
    context = {"nav": "kb", "article": reading.article, "reading": reading}
    return for_engines(render(request, "knowledge/print.html", context), reading)


@for_public
@require_GET
def pdf_file(request: HttpRequest, slug: str) -> HttpResponse:
    reading = _reading(request, slug)
    article = reading.article
    changed = date_format(localtime(article.text_changed_at), "DATE_FORMAT")
    facts = [
        article.section.name if article.section else "",
        _("Updated %(day)s") % {"day": changed},
    ]
    if article.published_number:
        facts.append(_("Version %(number)s") % {"number": article.published_number})
    sheet = pdf.Sheet(
        title=article.title,
        summary=article.summary,
        facts=" · ".join(fact for fact in facts if fact),
        html=_html(reading),
        language=article.language,
        site=settings.SITE_URL,
        foot=f"{settings.SITE_NAME} · {reading.canonical}",
        picture=_pictures(request.user),
    )
    answer = HttpResponse(pdf.render(sheet), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{article.slug}.pdf"'
    return for_engines(answer, reading)


def _reading(request: HttpRequest, slug: str) -> Reading:
    article = visible(request.user, slug)
    if article is None:
        raise Http404
    return Reading(article, request.user)


def _html(reading: Reading) -> SafeString:
    """The text as it stands on the page, what helps for now first."""
    if reading.workaround is None:
        return reading.prose.html
    title = _("What helps for now")
    return format_html("<h2>{}</h2>{}{}", title, reading.workaround.html, reading.prose.html)


def _pictures(reader: Any) -> pdf.Picture:
    """Files of ours that this reader may open; nothing is ever fetched from elsewhere."""

    def picture(address: str) -> BinaryIO | None:
        named = OWN_FILE.match(address)
        files = ArticleFile.objects.visible_to(reader)
        found = files.filter(token=named[1]).first() if named else None
        if found is None or not found.is_picture:
            return None
        try:
            return found.file.open("rb").file  # type: ignore[no-any-return]
        except OSError:
            return None

    return picture
