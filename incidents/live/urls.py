from django.urls import path

from incidents.live import views

app_name = "live"
urlpatterns = [
    path("", views.stream, name="stream"),
    path("renew/", views.renew, name="renew"),
]
