from django.urls import path

from incidents.notify import views

app_name = "notify"
urlpatterns = [
    path("notifications/", views.inbox, name="inbox"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/choices/", views.choices, name="choices"),
    path("notifications/reading/", views.read_all, name="read-all"),
    path("notifications/<int:pk>/reading/", views.read, name="read"),
]
