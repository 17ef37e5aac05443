from django.urls import path

from core.notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.listing, name="list"),
    path("notifications/<int:pk>/", views.follow, name="follow"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/mail/", views.mail_choice, name="mail_choice"),
    path("demo/mail/", views.mailbox, name="mailbox"),
]
