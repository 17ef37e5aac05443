from django.urls import path

from eservices.deposit import views

app_name = "deposit"
urlpatterns = [
    path("", views.start, name="start"),
    path("new/", views.new, name="new"),
    path("forget/", views.forget, name="forget"),
    path("addressee/", views.addressee, name="addressee"),
    path("sender/", views.sender, name="sender"),
    path("subject/", views.subject, name="subject"),
    path("documents/", views.documents, name="documents"),
    path("email/", views.email, name="email"),
    path("check/", views.check, name="check"),
    path("done/<str:number>/", views.done, name="done"),
    path("done/<str:number>/pdf/", views.pdf, name="pdf"),
    path("later/", views.later, name="later"),
    path("resume/", views.resume, name="resume"),
    path("resume/<str:token>/", views.resume_link, name="resume_link"),
]
