from django.urls import path, register_converter

from incidents.tickets import views
from incidents.tickets.numbers import TicketNumberConverter

register_converter(TicketNumberConverter, "ticket")

app_name = "tickets"
urlpatterns = [
    path("files/<slug:token>/<str:name>", views.file_download, name="file"),
    path("markdown/preview/", views.markdown_preview, name="preview"),
    path("tickets/new/questions/", views.questions_asked, name="questions"),
    path("people/lookup/", views.people_lookup, name="people"),
    path("drafts/<str:form>/", views.draft_save, name="draft"),
]
