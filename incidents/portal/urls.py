from django.urls import path

from incidents.portal.views import (
    announcements,
    deflection,
    home,
    install,
    new_ticket,
    own_data,
    ratings,
    ticket,
    tickets,
)
from incidents.tickets import urls as _tickets  # noqa: F401 (brings the converter for ticket numbers)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("manifest.webmanifest", install.manifest, name="manifest"),
    path("sw.js", install.service_worker, name="service-worker"),
    path("offline/", install.offline, name="offline"),
    path("suggest/", deflection.suggest, name="suggest"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/open/", home.open_tickets, name="open-tickets"),
    path("tickets/new/", new_ticket.new_ticket, name="new-ticket"),
    path("tickets/new/answers/", deflection.answers, name="answers"),
    path("tickets/new/solved/", deflection.article_solved, name="solved"),
    path("tickets/new/draft/removal/", new_ticket.new_ticket_afresh, name="new-ticket-afresh"),
    path("tickets/<ticket:number>/", ticket.ticket, name="ticket"),
    path("tickets/<ticket:number>/live/", ticket.ticket_live, name="ticket-live"),
    path("tickets/<ticket:number>/joining/", deflection.ticket_join, name="ticket-join"),
    path("tickets/<ticket:number>/replies/", ticket.ticket_reply, name="ticket-reply"),
    path("tickets/<ticket:number>/confirmation/", ticket.ticket_confirm, name="ticket-confirm"),
    path("tickets/<ticket:number>/reopening/", ticket.ticket_reopen, name="ticket-reopen"),
    path("tickets/<ticket:number>/withdrawal/", ticket.ticket_withdraw, name="ticket-withdraw"),
    path("tickets/<ticket:number>/reading/", ticket.ticket_read, name="ticket-read"),
    path("tickets/<ticket:number>/print/", ticket.ticket_print, name="ticket-print"),
    path("tickets/<ticket:number>/rating/", ratings.ticket_rate, name="ticket-rate"),
    path(
        "tickets/<ticket:number>/rating/comment/",
        ratings.ticket_rate_comment,
        name="ticket-rate-comment",
    ),
    path("rate/<str:token>/", ratings.rate, name="rate"),
    path("tickets/new/announcements/", announcements.service_news, name="service-news"),
    path(
        "announcements/<int:pk>/dismissal/",
        announcements.announcement_dismiss,
        name="announcement-dismiss",
    ),
    path("tickets/<ticket:number>/followers/", ticket.ticket_follow, name="ticket-follow"),
    path(
        "tickets/<ticket:number>/followers/<int:pk>/removal/",
        ticket.ticket_unfollow,
        name="ticket-unfollow",
    ),
    path("accounts/data/", own_data.own_data, name="own-data"),
    path("accounts/data/<slug:form>/", own_data.own_data_file, name="own-data-file"),
]
