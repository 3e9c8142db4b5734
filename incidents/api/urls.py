"""Addresses of the API. Only the description is also for people; everything else is behind `gate`."""

from django.urls import path

from incidents.api import reference
from incidents.api.api import api

app_name = "api"
urlpatterns = [
    path("", reference.reference, name="reference"),
    path("openapi.json", reference.openapi, name="openapi"),
    *(one for one in api.urls[0] if getattr(one, "name", "") != "api-root"),
]
