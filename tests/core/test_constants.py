from django.template import engines
from django.templatetags.static import static
from django.utils.translation import gettext, override, pgettext

from core.templatetags.constants import ConstantNode


def _template(text):
    return engines["django"].from_string("{% load i18n static %}" + text)


def _kept(template):
    return template.template.nodelist.get_nodes_by_type(ConstantNode)


def test_text_of_a_template_is_said_in_the_language_of_each_reader():
    template = _template('{% translate "Skip to the content" %}')
    said = {}
    for language in ("fr", "ar", "fr"):
        with override(language):
            said[language] = template.render(), gettext("Skip to the content")

    assert all(shown == expected for shown, expected in said.values())
    assert len({shown for shown, _expected in said.values()}) == 2
    assert sorted(language for language, _escaped in _kept(template)[0].given) == ["ar", "fr"]


def test_text_with_a_context_is_not_mixed_up_with_the_same_text_without():
    template = _template('{% translate "Subject" context "deposit" %}')
    with override("fr"):
        assert template.render() == pgettext("deposit", "Subject")


def test_what_a_page_gives_is_not_kept():
    template = _template('{% translate word %} {% translate "a" as kept %}{{ kept }} {% static path %}')

    assert not _kept(template)
    assert template.render({"word": "x", "path": "theme.css"}) == f"x a {static('theme.css')}"
    assert template.render({"word": "y", "path": "theme.css"}).startswith("y ")


def test_address_of_a_static_file_is_kept():
    template = _template("{% static 'theme.css' %}")

    assert template.render() == static("theme.css")
    assert len(_kept(template)) == 1


def test_address_of_a_page_is_kept_for_each_language_unless_it_depends_on_the_page():
    template = _template("{% url 'deposit:start' %} {% url 'deposit:done' number %} {% url name %}")
    shown = {}
    for language in ("fr", "ar", "fr"):
        with override(language):
            shown[language] = template.render(
                {"number": f"N-{language}", "name": f"deposit:{'new' if shown else 'later'}"}
            )

    assert shown == {
        language: f"/{language}/deposit/ /{language}/deposit/done/N-{language}/ /{language}/deposit/new/"
        for language in ("fr", "ar")
    }
    assert len(_kept(template)) == 1
