"""The frame of every page: languages, directions, components, failures; nothing inline, nothing that leads nowhere."""

import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.utils.translation import override

from tests.tools import BASE_DIR

TEMPLATES = sorted(path for path in (BASE_DIR / "templates").rglob("*.html") if "pdf" not in path.parts)
DIRECTIONS = [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")]


def shown(path):
    return str(Path(path).relative_to(BASE_DIR))


# --- nothing inline, nothing that leads nowhere ---------------------------------------------------------------------


def test_templates_hold_no_inline_style_or_script():
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*(\ssrc=|application/(ld\+)?json))")

    assert [shown(path) for path in TEMPLATES if inline.search(path.read_text())] == []


def test_templates_reach_no_foreign_address():
    foreign = re.compile(r'(?:src|href|action)="(?:https?:)?//')

    assert [shown(path) for path in TEMPLATES if foreign.search(path.read_text())] == []


def test_static_files_of_templates_exist():
    names = {
        (shown(path), name)
        for path in TEMPLATES
        for name in re.findall(r"""{% static ["']([^"'{]+)["'] %}""", path.read_text())
    }

    assert sorted(pair for pair in names if finders.find(pair[1]) is None) == []


def test_icons_of_templates_are_in_the_sprite():
    sprite = Path(finders.find("img/sprite.svg")).read_text()
    names = {(shown(path), name) for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}

    assert sorted(pair for pair in names if f'id="i-{pair[1]}"' not in sprite) == []


def test_stylesheets_know_neither_left_nor_right():
    physical = re.compile(r"(?<![-\w])(?:(?:margin|padding|border|inset)-)?(?:left|right)(?:-\w+)*:|!important;")

    assert {name: physical.findall((BASE_DIR / "static" / name).read_text()) for name in ("theme.css", "desk.css")} == {
        "theme.css": [],
        "desk.css": [],
    }


def test_static_files_can_be_hashed(settings, tmp_path):
    """Every address inside stylesheets leads to a file, and none is of type data: in ours."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    assert (tmp_path / "staticfiles.json").exists()
    assert "data:" not in (BASE_DIR / "static" / "theme.css").read_text().replace("data: addresses", "")


# --- failures -------------------------------------------------------------------------------------------------------

FAILURES = ["400", "403", "403_csrf", "409", "413", "429", "500", "503"]


@pytest.mark.parametrize(("language", "direction"), DIRECTIONS)
@pytest.mark.parametrize("name", FAILURES)
def test_failure_page_needs_neither_request_nor_database(name, language, direction):
    context = {"sentence": "", "reference": "4f2a90c1d7e8", "was_sent": True, "retry_url": "/ar/", "status": name[:3]}

    with override(language):
        html = render_to_string(f"{name}.html", context)

    assert f'<html lang="{language}" dir="{direction}">' in html
    assert "4f2a90c1d7e8" in html


@pytest.mark.parametrize("name", ["400", "403", "409", "413", "429"])
def test_failure_page_says_the_sentence_of_the_refusal(name):
    context = {"sentence": "Say <why>.", "reference": "", "was_sent": False, "retry_url": "", "status": 400}

    assert "Say &lt;why&gt;." in render_to_string(f"{name}.html", context)


@pytest.mark.parametrize(("language", "direction"), DIRECTIONS)
def test_missing_page_keeps_the_menu(client, db, language, direction):
    answer = client.get(f"/{language}/nowhere/")

    assert answer.status_code == 404
    html = answer.content.decode()
    assert f'<html lang="{language}" dir="{direction}"' in html
    assert 'class="site-nav"' in html


# --- components -----------------------------------------------------------------------------------------------------


class Letter(forms.Form):
    subject = forms.CharField(help_text="One line.", error_messages={"required": "Enter the subject."})
    email = forms.EmailField(required=False)
    nature = forms.ChoiceField(choices=[("a", "Request"), ("b", "Complaint")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(error_messages={"required": "Confirm."})
    message = forms.CharField(widget=forms.Textarea, required=False)
    place = forms.ChoiceField(choices=[("x", "Rabat")], required=False)
    ice = forms.CharField(required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "wide"}))
    key = forms.CharField(widget=forms.HiddenInput, initial="k")


def form_html(form):
    with override("en"):
        return render_to_string("components/_form.html", {"form": form})


def test_field_has_label_hint_and_error_bound_to_it():
    form = Letter({"key": "k"})

    html = render_to_string("components/_field.html", {"field": form["subject"]})

    assert '<label class="form-label" for="id_subject">' in html
    assert 'id="id_subject_helptext">One line.' in html
    assert 'aria-describedby="id_subject_helptext id_subject_error"' in html
    assert 'id="id_subject_error"' in html
    assert "Enter the subject." in html
    assert 'aria-invalid="true"' in html
    assert 'dir="auto"' in html


def test_field_knows_what_runs_forwards():
    html = form_html(Letter())

    assert re.findall(r'name="(\w+)"[^>]*dir="(\w+)"', html) == [
        ("subject", "auto"),
        ("email", "ltr"),
        ("message", "auto"),
        ("ice", "ltr"),
    ]
    assert 'class="form-control wide"' in html
    assert 'class="form-select"' in html
    assert 'rows="5"' in html
    assert html.count("(optional)") == 4


def test_field_with_choices_is_a_fieldset():
    html = form_html(Letter({"key": "k", "nature": ""}))

    assert 'aria-describedby="id_nature_error"' in html
    assert '<input type="radio" name="nature" value="a"' in html
    assert html.count("form-check-input") == 3
    assert '<label class="form-check-label" for="id_nature_1">Complaint</label>' in html


def test_hidden_field_has_no_label():
    assert render_to_string("components/_field.html", {"field": Letter()["key"]}).strip() == (
        '<input type="hidden" name="key" value="k" id="id_key">'
    )


def test_error_summary_links_to_the_fields():
    form = Letter({"key": "k"})
    form.add_error(None, "Nothing was kept.")

    html = render_to_string("components/_error_summary.html", {"form": form})

    assert "<li>Nothing was kept.</li>" in html
    assert re.findall(r'href="#(\w+)"', html) == ["id_subject", "id_nature_0", "id_agreed"]
    assert 'role="alert" tabindex="-1" autofocus' in html


def test_error_summary_is_absent_without_errors():
    assert render_to_string("components/_error_summary.html", {"form": Letter()}).strip() == ""


def test_pager_keeps_the_filters(rf):
    request = rf.get("/ar/desk/", {"state": "open", "page": "2"})
    page = Paginator(range(95), 10).page(2)

    with override("en"):
        html = render_to_string("components/_pager.html", {"page_obj": page, "request": request}, request=request)

    assert 'href="?state=open&amp;page=3"' in html
    assert "\u206611\u2069 to \u206620\u2069 of \u206695\u2069" in html
    assert html.count('aria-current="page"') == 1


def test_pager_of_one_page_is_silent(rf):
    request = rf.get("/ar/desk/")

    html = render_to_string("components/_pager.html", {"page_obj": Paginator(range(3), 10).page(1)}, request=request)

    assert html.strip() == ""


def test_steps_name_the_current_one():
    steps = [
        {"title": "Addressee", "url": "/a/", "is_done": True, "is_current": False},
        {"title": "Name", "url": "", "is_done": True, "is_current": False},
        {"title": "Files", "url": "", "is_done": False, "is_current": True},
        {"title": "Check", "url": "", "is_done": False, "is_current": False},
    ]

    with override("en"):
        html = render_to_string("components/_steps.html", {"steps": steps})

    assert '<li aria-current="step"><span>Step 3 of 4: Files</span></li>' in html
    assert '<li class="done"><span><a href="/a/">Addressee</a></span></li>' in html
    assert '<li class="done"><span>Name</span></li>' in html


def test_small_components_say_what_they_are_given(rf):
    request = rf.get("/")
    confirm = {
        "title": "Refuse",
        "text": "For good.",
        "action": "Refuse it",
        "back_url": "/b/",
        "danger": True,
    }
    with override("en"):
        assert "For good." in render_to_string("components/_confirm.html", confirm, request=request)
        assert "btn-danger" in render_to_string("components/_confirm.html", confirm, request=request)
        assert 'class="status status-late"' in render_to_string(
            "components/_status.html", {"tone": "late", "text": "Late"}
        )
        assert "<span>9f2c41d7</span>" in render_to_string("components/_hash.html", {"value": "9f2c41d7aa"})
        empty = {"title": "Nothing", "text": "Yet.", "action": "Begin", "action_url": "/c/"}
        assert 'href="/c/">Begin' in render_to_string("components/_empty.html", empty)
        crumbs = [{"title": "Desk", "url": "/d/"}, {"title": "Letter", "url": ""}]
        assert '<li aria-current="page">Letter</li>' in render_to_string("components/_crumbs.html", {"crumbs": crumbs})


@pytest.mark.parametrize(
    ("tag", "tone"), [("error", "danger"), ("warning", "warn"), ("success", "ok"), ("info", "info")]
)
def test_message_has_the_tone_of_its_level(tag, tone):
    class Message:
        level_tag = tag

        def __str__(self):
            return "Done."

    html = render_to_string("components/_messages.html", {"messages": [Message()]})

    assert "Done." in html
    assert (f"notice-{tone}" in html) == (tone != "info")
