from django.urls import path

import incidents.tickets.urls  # noqa: F401 (how a ticket's number is written)
from incidents.notify.views import bell, reach, sent, stop

app_name = "notify"
urlpatterns = [
    path("notifications/", bell.inbox, name="inbox"),
    path("notifications/bell/", bell.bell, name="bell"),
    path("notifications/choices/", bell.choices, name="choices"),
    path("notifications/reading/", bell.read_all, name="read-all"),
    path("notifications/<int:pk>/reading/", bell.read, name="read"),
    path("notifications/sent/", sent.own, name="sent"),
    path("desk/tickets/<ticket:number>/sent/", sent.of_ticket, name="ticket-sent"),
    path("notifications/returned/dismissal/", reach.returned_dismiss, name="returned-dismiss"),
    path("notifications/stop/<str:token>/", stop.stop, name="stop"),
    path("notifications/reach/", reach.reach, name="reach"),
    path("notifications/reach/hours/", reach.hours, name="hours"),
    path("notifications/devices/", reach.device_add, name="device-add"),
    path("notifications/devices/key/", reach.device_key, name="device-key"),
    path("notifications/devices/<int:pk>/removal/", reach.device_remove, name="device-remove"),
    path("notifications/devices/<int:pk>/titles/", reach.device_titles, name="device-titles"),
    path("notifications/devices/<int:pk>/test/", reach.device_test, name="device-test"),
    path("notifications/addresses/<int:service>/", reach.address_set, name="address"),
    path("notifications/addresses/<int:service>/removal/", reach.address_remove, name="address-remove"),
    path("notifications/addresses/<int:service>/test/", reach.address_test, name="address-test"),
]  # fmt: skip
