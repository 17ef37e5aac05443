from django.urls import path, re_path

from core.users import views

app_name = "users"
urlpatterns = [
    path("account/profile/", views.profile, name="profile"),
    path("account/language/", views.set_language, name="set_language"),
    # before allauth's own: accounts and their addresses are the administrator's
    path("account/signup/", views.not_here),
    re_path(r"^account/(email|confirm-email)/", views.not_here),
]
