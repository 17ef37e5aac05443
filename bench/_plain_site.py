"""The same letter on a Django site as one would write it first: the same questions, requests, bytes on disk, one row.

`startproject`'s middleware (with languages, as the site has three), forms drawn by Django in templates that extend a
base, answers kept in the session until the end (in a signed cookie, so that the one row is the only one). No draft, no
number, no evidence, no look at the files, no receipt. `gunicorn bench._plain_site:application`.
"""

import os
import uuid
from pathlib import Path

import django
from django.conf import settings
from environs import Env

HERE = Path(__file__).resolve().parent

settings.configure(
    SECRET_KEY="plain",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {**Env().dj_db_url("DATABASE_URL"), "CONN_MAX_AGE": 60}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE / "plain"],
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    LANGUAGE_CODE="ar",
    STATIC_URL="/static/",
    USE_TZ=True,
)
django.setup()

from django import forms  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402

FILES = Path(os.environ.get("PLAIN_FILES", "."))


class AddresseeForm(forms.Form):
    act_type = forms.ChoiceField(
        label="Kind of letter", choices=[("licence", "A licence"), ("other", "Another letter")]
    )
    service = forms.ChoiceField(choices=[("", "I do not know"), ("office", "Office")], required=False)
    reply_to = forms.CharField(label="Number of our letter you are replying to", max_length=60, required=False)


class SenderForm(forms.Form):
    kind = forms.ChoiceField(
        label="I write as",
        choices=[("person", "Citizen"), ("company", "Company"), ("association", "Association"), ("office", "Office")],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(max_length=200, help_text="Your full name, or that of the company.")
    behalf = forms.ChoiceField(
        label="I deposit this letter",
        choices=[("self", "on my own behalf"), ("other", "for somebody else")],
        widget=forms.RadioSelect,
    )
    on_behalf_of = forms.CharField(label="Name of whom you represent", max_length=200, required=False)
    cin = forms.CharField(label="Number of your identity card", max_length=20, required=False)
    ice = forms.CharField(label="Company identifier", max_length=40, required=False, help_text="15 digits")
    reference = forms.CharField(label="Number of your letter", max_length=80, required=False)
    reference_on = forms.DateField(label="Date of your letter", required=False)
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(required=False, help_text="We tell you there what becomes of your letter.")


class SubjectForm(forms.Form):
    subject = forms.CharField(max_length=200, help_text="In one sentence.")
    message = forms.CharField(max_length=5000, required=False, widget=forms.Textarea)
    own_reference = forms.CharField(label="Your own reference", max_length=80, required=False)
    own_reference_on = forms.DateField(label="Date of your letter", required=False)


class DocumentsForm(forms.Form):
    file = forms.FileField(label="Document", required=False)
    first_label = forms.CharField(label="What is the first document?", max_length=120, required=False)
    second_label = forms.CharField(label="What is the second document?", max_length=120, required=False)


class CheckForm(forms.Form):
    accurate = forms.BooleanField(label="What I declare is accurate")


STEPS = {"addressee": AddresseeForm, "sender": SenderForm, "subject": SubjectForm, "documents": DocumentsForm}


def step(request, name):
    """One page of questions; the answers wait in the session."""
    if request.method == "POST":
        form = STEPS[name](request.POST)
        if form.is_valid():
            request.session[name] = {key: str(value or "") for key, value in form.cleaned_data.items()}
            following = [*STEPS, "check"][list(STEPS).index(name) + 1]
            return HttpResponseRedirect(f"/{following}/", status=303)
    else:
        form = STEPS[name](initial=request.session.get(name))
    return render(request, "step.html", {"title": name, "form": form})


@require_POST
def upload(request):
    for sent in request.FILES.getlist("file"):
        with open(FILES / uuid.uuid4().hex, "xb") as kept:
            for chunk in sent.chunks():
                kept.write(chunk)
            kept.flush()
            os.fsync(kept.fileno())
    return HttpResponse("ok")


def check(request):
    """All answers once more, and the button; the one row."""
    form = CheckForm(request.POST or None)
    if form.is_valid():
        number = uuid.uuid4()
        with connection.cursor() as cursor:
            subject = request.session["subject"]["subject"]
            cursor.execute("INSERT INTO plain_deposit (id, subject) VALUES (%s, %s)", [number, subject])
        return HttpResponseRedirect(f"/done/{number}/", status=303)
    answers = {name: request.session.get(name, {}) for name in STEPS}
    return render(request, "check.html", {"title": "check", "form": form, "answers": answers})


def done(request, number):
    return render(request, "done.html", {"title": "done", "number": number})


urlpatterns = [
    path("upload/", upload),
    path("check/", check),
    path("done/<uuid:number>/", done),
    path("<slug:name>/", step),
]
application = get_wsgi_application()
