from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "incidents.tickets"
    label = "tickets"
    verbose_name = "Tickets"
