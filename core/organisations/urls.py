from django.urls import path

from core.organisations import views

app_name = "organisations_own"  # “organisations” is the list of the administration
urlpatterns = [
    path("account/posts/", views.posts, name="posts"),
    path("account/posts/revoke/", views.revoke, name="revoke"),
]
