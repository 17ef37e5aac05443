from django.urls import path

from eservices.deposit import views, views_deposit, views_documents, views_return

app_name = "deposit"
urlpatterns = [
    path("", views.start, name="start"),
    path("new/", views.new, name="new"),
    path("forget/", views.forget, name="forget"),
    path("addressee/", views.addressee, name="addressee"),
    path("sender/", views.sender, name="sender"),
    path("subject/", views.subject, name="subject"),
    path("documents/", views_documents.documents, name="documents"),
    path("email/", views.email, name="email"),
    path("check/", views_deposit.check, name="check"),
    path("done/<str:number>/", views_deposit.done, name="done"),
    path("done/<str:number>/pdf/", views_deposit.pdf, name="pdf"),
    path("later/", views_return.later, name="later"),
    path("resume/", views_return.resume, name="resume"),
    path("resume/<str:token>/", views_return.resume_link, name="resume_link"),
]
