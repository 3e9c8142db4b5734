"""Signing in by somebody else, and which of these open one's own account."""

from django.urls import path

from accounts.sso import views

app_name = "sso"
urlpatterns = [
    path("", views.connections, name="connections"),
    path("identities/<int:pk>/end/", views.identity_end, name="identity-end"),
    path("<slug:slug>/", views.start, name="start"),
    path("<slug:slug>/link/", views.link, name="link"),
    path("<slug:slug>/callback/", views.callback, name="callback"),
    path("<slug:slug>/acs/", views.assertion, name="acs"),
    path("<slug:slug>/finish/", views.finish, name="finish"),
    path("<slug:slug>/metadata/", views.metadata, name="metadata"),
]
