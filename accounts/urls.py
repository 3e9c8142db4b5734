"""One's own account. Stands before allauth's addresses, some of which are closed here."""

from django.urls import path, re_path

from accounts.views import own, tokens

app_name = "accounts"
urlpatterns = [
    path("", own.home, name="home"),
    path("profile/", own.profile, name="profile"),
    path("theme/", own.theme, name="theme"),
    path("tokens/", tokens.token_list, name="tokens"),
    path("tokens/<int:pk>/revocation/", tokens.token_revoke, name="token-revoke"),
    path("sessions/<int:pk>/end/", own.session_end, name="session-end"),
    re_path(
        r"^(?:signup|email|confirm-email|login/code|password/set|3rdparty|social)/",
        own.closed,
        name="closed",
    ),
]
