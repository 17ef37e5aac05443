from django.urls import path

from . import views, views_saved

app_name = "search"
urlpatterns = [
    path("search/", views.results, name="results"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("search/saved/", views_saved.saved, name="saved"),
    path("search/saved/<int:pk>/", views_saved.open_saved, name="open"),
    path("search/saved/save/", views_saved.save, name="save"),
    path("search/saved/rename/", views_saved.rename, name="rename"),
    path("search/saved/pace/", views_saved.pace, name="pace"),
    path("search/saved/remove/", views_saved.remove, name="remove"),
    path("search/saved/restore/", views_saved.restore, name="restore"),
]
