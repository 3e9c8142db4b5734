from django.urls import path

from incidents.portal.views import home, new_ticket, ticket, tickets
from incidents.tickets import urls as _tickets  # noqa: F401 (brings the converter for ticket numbers)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("suggest/", home.suggest, name="suggest"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/open/", home.open_tickets, name="open-tickets"),
    path("tickets/new/", new_ticket.new_ticket, name="new-ticket"),
    path("tickets/new/answers/", home.answers, name="answers"),
    path("tickets/new/draft/removal/", new_ticket.new_ticket_afresh, name="new-ticket-afresh"),
    path("tickets/<ticket:number>/", ticket.ticket, name="ticket"),
    path("tickets/<ticket:number>/live/", ticket.ticket_live, name="ticket-live"),
    path("tickets/<ticket:number>/replies/", ticket.ticket_reply, name="ticket-reply"),
    path("tickets/<ticket:number>/confirmation/", ticket.ticket_confirm, name="ticket-confirm"),
    path("tickets/<ticket:number>/reopening/", ticket.ticket_reopen, name="ticket-reopen"),
    path("tickets/<ticket:number>/followers/", ticket.ticket_follow, name="ticket-follow"),
    path(
        "tickets/<ticket:number>/followers/<int:pk>/removal/",
        ticket.ticket_unfollow,
        name="ticket-unfollow",
    ),
]
