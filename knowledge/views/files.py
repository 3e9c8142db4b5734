"""Pictures and files of articles: fetched by readers, brought and taken off by writers."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts import files
from accounts.http import for_public
from knowledge.models import ArticleFile


@for_public
@require_safe
def file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """One file, to whoever reads its article. See `files.served`."""
    found = get_object_or_404(ArticleFile.objects.visible_to(request.user), token=token)
    return files.served(found, download="download" in request.GET)
