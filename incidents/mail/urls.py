from django.urls import path

from incidents.mail import decisions, sources, views
from incidents.tickets import urls as _tickets  # noqa: F401 (brings the converter for ticket numbers)

app_name = "mail"
urlpatterns = [
    path("in/<slug:slug>/", views.hand_over, name="hand-over"),
    path("<int:pk>/", decisions.mail, name="mail"),
    path("<int:pk>/letting-in/", decisions.mail_let_in, name="mail-let-in"),
    path("<int:pk>/joining/", decisions.mail_join, name="mail-join"),
    path("<int:pk>/discarding/", decisions.mail_discard, name="mail-discard"),
    path("<int:pk>/retry/", sources.mail_retry, name="mail-retry"),
    path("<int:pk>/source/", sources.mail_source, name="mail-source"),
    path("<int:pk>/file/", sources.mail_file, name="mail-file"),
    path("originals/<int:pk>/", decisions.original, name="original"),
    path("copied/<ticket:number>/", decisions.copied, name="copied"),
    path("copied/<ticket:number>/<int:pk>/adding/", decisions.copied_add, name="copied-add"),
    path("copied/<ticket:number>/<int:pk>/leaving/", decisions.copied_leave, name="copied-leave"),
]
