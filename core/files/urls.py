from django.urls import path

from core.files import views

app_name = "files"
urlpatterns = [
    path("<signed>/", views.serve, name="serve"),
    path("<signed>/page-<int:page>.png", views.preview, name="preview"),
    path("<signed>/text/", views.text, name="text"),
]
