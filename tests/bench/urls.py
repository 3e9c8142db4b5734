"""Every address of the portal, and the null page."""

from django.urls import path

from config.urls import handler403, handler404, handler500
from config.urls import urlpatterns as portal
from tests.bench.pages import null_page

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("bench/null/", null_page), *portal]
