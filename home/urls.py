from django.urls import path

from home import views

app_name = "home"
urlpatterns = [
    path("my-desk/", views.staff_home, name="staff"),
    path("appearance/", views.theme, name="theme"),
]
