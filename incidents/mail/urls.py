from django.urls import path

from incidents.mail import views

app_name = "mail"
urlpatterns = [path("in/<slug:slug>/", views.hand_over, name="hand-over")]
