"""Administration under /admin/."""

from typing import Any

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class Administration(UnfoldAdminSite):
    pass


def navigation(request: HttpRequest) -> list[Any]:
    return []
