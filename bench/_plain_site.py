"""A Django site as one would write it in an hour: the same pages and posts as a deposit, the bytes on disk, one row.

No draft, no number, no evidence, no look at the files, no receipt. `gunicorn bench._plain_site:application`.
"""

import os
import uuid
from pathlib import Path

import django
from django.conf import settings
from environs import Env

settings.configure(
    SECRET_KEY="plain",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {**Env().dj_db_url("DATABASE_URL"), "CONN_MAX_AGE": 60}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ]
            },
        }
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",  # the answers on their way, without a row
    FILE_UPLOAD_MAX_MEMORY_SIZE=0,
    USE_TZ=True,
)
django.setup()

from django import forms  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402

FILES = Path(os.environ.get("PLAIN_FILES", "."))
PAGE = """<!doctype html><html lang="ar" dir="rtl"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><main><h1>{{ title }}</h1>
<form method="post">{{ form.as_div }}<button>Continue</button></form></main></body></html>"""


class Form(forms.Form):
    kind = forms.ChoiceField(choices=[("person", "citizen"), ("company", "company")], required=False)
    name = forms.CharField(max_length=200, required=False)
    email = forms.EmailField(required=False)
    subject = forms.CharField(max_length=200, required=False)
    message = forms.CharField(max_length=5000, required=False, widget=forms.Textarea)


def page(request, name):
    if request.method == "POST":
        form = Form(request.POST)
        if form.is_valid():
            request.session[name] = form.cleaned_data
            return HttpResponseRedirect(f"/{name}/", status=303)
    form = Form(initial=request.session.get(name))
    return HttpResponse(TEMPLATE.render({"title": name, "form": form}, request))


def upload(request):
    for sent in request.FILES.getlist("file"):
        with open(FILES / uuid.uuid4().hex, "xb") as kept:
            for chunk in sent.chunks():
                kept.write(chunk)
            kept.flush()
            os.fsync(kept.fileno())
    return HttpResponse("ok")


def finish(request):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO plain_deposit (id, subject) VALUES (%s, %s)", [uuid.uuid4(), "subject"])
    return HttpResponseRedirect("/done/", status=303)


TEMPLATE = engines["django"].from_string(PAGE)
urlpatterns = [path("upload/", upload), path("finish/", finish), path("<slug:name>/", page)]
application = get_wsgi_application()
