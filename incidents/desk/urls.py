from django.urls import path

from incidents.desk.views import (
    around,
    home,
    lists,
    new_ticket,
    properties,
    say,
    search,
    ticket,
)

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("queues/<slug:slug>/", lists.queue, name="queue"),
    path("queues/<slug:slug>/news/", lists.queue_news, name="queue-news"),
    path("mine/", lists.mine, name="mine"),
    path("mine/news/", lists.mine_news, name="mine-news"),
    path("unassigned/", lists.unassigned, name="unassigned"),
    path("unassigned/news/", lists.unassigned_news, name="unassigned-news"),
    path("search/", search.search, name="search"),
    path("articles/", around.articles, name="articles"),
    path("tickets/new/", new_ticket.new_ticket, name="new-ticket"),
    path("tickets/<ticket:number>/", ticket.ticket, name="ticket"),
    path("tickets/<ticket:number>/live/", ticket.ticket_live, name="ticket-live"),
    path("tickets/<ticket:number>/related/", ticket.ticket_related, name="ticket-related"),
    path("tickets/<ticket:number>/take/", ticket.ticket_take, name="ticket-take"),
    path("tickets/<ticket:number>/status/", ticket.ticket_status, name="ticket-status"),
    path("tickets/<ticket:number>/replies/", say.ticket_reply, name="ticket-reply"),
    path("tickets/<ticket:number>/notes/", say.ticket_note, name="ticket-note"),
    path("tickets/<ticket:number>/resolution/", say.ticket_resolve, name="ticket-resolve"),
    path("tickets/<ticket:number>/title/", properties.ticket_title, name="ticket-title"),
    path(
        "tickets/<ticket:number>/assignment/",
        properties.ticket_assignment,
        name="ticket-assignment",
    ),
    path("tickets/<ticket:number>/team/", properties.ticket_team, name="ticket-team"),
    path("tickets/<ticket:number>/priority/", properties.ticket_priority, name="ticket-priority"),
    path("tickets/<ticket:number>/category/", properties.ticket_category, name="ticket-category"),
    path("tickets/<ticket:number>/service/", properties.ticket_service, name="ticket-service"),
    path("tickets/<ticket:number>/links/", around.ticket_link, name="ticket-link"),
    path("tickets/<ticket:number>/links/removal/", around.ticket_unlink, name="ticket-unlink"),
    path("tickets/<ticket:number>/followers/", around.ticket_follow, name="ticket-follow"),
    path(
        "tickets/<ticket:number>/followers/<int:pk>/removal/",
        around.ticket_unfollow,
        name="ticket-unfollow",
    ),
    path("tickets/<ticket:number>/article/", around.ticket_article, name="ticket-article"),
]
