"""A circular from its editor's hands to its reader's acknowledgement, in a real browser."""

import pytest
from playwright.sync_api import expect

from core.organisations.enums import Role
from core.organisations.operations import sync_groups
from home.circulars.locks import OWN_EDIT
from home.circulars.models import Acknowledgement, Circular
from home.circulars.setup import let_editors_write
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CMS = "/cms/snippets/circulars/circular/"


@pytest.fixture
def people(organisation, youssef):
    """ilham writes and may publish, tarik publishes, youssef reads."""
    let_editors_write()
    office = UnitFactory(organisation=organisation)
    roles = {"ilham": [Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER], "tarik": [Role.CIRCULAR_PUBLISHER]}
    languages = {"ilham": "ar", "tarik": "fr"}
    found = {name: UserFactory(username=name, language=languages[name]) for name in roles}
    for name, user in found.items():
        post_for(user, office, *roles[name])
    sync_groups()
    return found | {"youssef": youssef}


@pytest.fixture
def desk(open_page, sign_in, people):
    """desk("tarik", "fr"): their browser, before the desk screen."""

    def sit_down(name, language):
        page = open_page(language, width=1280)
        sign_in(page, people[name])
        return page

    return sit_down


def write_text(page, place, *, language, standing, title, paragraph):
    """Fill one text of the form, with one paragraph."""
    prefix = f"texts-{place}"
    page.locator(f"select[name={prefix}-language]").select_option(language)
    page.locator(f"select[name={prefix}-standing]").select_option(standing)
    page.locator(f"[name={prefix}-title]").fill(title)
    row = page.locator(f"#inline_child_{prefix}")
    row.locator(".c-sf-add-button").first.click()
    page.locator(".w-combobox__option").first.click()
    row.locator(".public-DraftEditor-content").last.click()
    page.keyboard.type(paragraph)


def write_circular(page, organisation):
    page.goto(f"{CMS}add/")
    page.locator("select[name=authority]").select_option(str(organisation.pk))
    for name, value in {
        "number": "12/2026",
        "signed_on": "2026-09-09",
        "signatory": "الوزير",
        "office": "وزير الخدمات",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    page.keyboard.press("Escape")  # the calendar of the last date field
    write_text(page, 0, language="ar", standing="authentic", title="الإيداع الرقمي", paragraph="يودع البريد رقميا.")
    page.locator("#id_texts-ADD").click()
    write_text(
        page, 1, language="fr", standing="official", title="Dépôt numérique", paragraph="Le courrier est déposé."
    )
    page.locator("[role=tab]").nth(1).click()
    page.locator("#id_addressees-ADD").click()
    page.locator("select[name=addressees-0-organisation]").select_option(str(organisation.pk))
    page.locator("select[name=acknowledging]").select_option("asked")


def press(page, name):
    """A button of the menu below the editor, which may be folded."""
    button = page.locator(f"[name={name}]")
    if not button.is_visible():
        page.locator("footer .w-dropdown__toggle, footer [data-w-dropdown-target=toggle]").first.click()
    button.click()


def test_circular_is_written_approved_published_and_acknowledged(desk, organisation, people, work):
    ilham = desk("ilham", "ar")
    write_circular(ilham, organisation)
    press(ilham, "action-submit")
    expect(ilham.locator(".messages .success, .messages li").first).to_be_visible()
    circular = Circular.objects.get()
    assert (circular.workflow_in_progress, circular.current) == (True, None)

    ilham.goto(f"{CMS}review/{circular.pk}/")
    ilham.locator("[name=decision][value=approve]").click()
    expect(ilham.locator("[role=alert]")).to_be_visible()
    assert Circular.objects.get().current is None

    work()
    tarik = desk("tarik", "fr")
    tarik.goto("/fr/notifications/")
    expect(tarik.locator("main")).to_contain_text("12/2026")
    tarik.goto(f"{CMS}review/{circular.pk}/")
    assert tarik.locator("html").get_attribute("dir") == "ltr"
    tarik.locator("[name=decision][value=approve]").click()
    tarik.wait_for_url(f"**{CMS}edit/{circular.pk}/")
    circular = Circular.objects.select_related("current", "authority").get()
    assert circular.current.published_by == people["tarik"]
    assert sorted(circular.current.content["texts"]) == ["ar", "fr"]

    work()
    youssef = desk("youssef", "ar")
    youssef.goto(f"{circular.get_absolute_url()}/ara")
    expect(youssef.locator("#p1")).to_contain_text("يودع البريد رقميا.")
    youssef.locator("form[action$='/acknowledge'] button").click()
    youssef.wait_for_load_state()
    assert Acknowledgement.objects.exclude(acknowledged_at=None).get().person == people["youssef"]


def test_last_editor_reads_the_refusal_in_their_language(desk, people, organisation):
    from django.utils import translation

    from tests.factories.circulars import written

    circular = written(organisation)
    circular.save_revision(user=people["ilham"])
    circular = Circular.objects.get(pk=circular.pk)
    circular.get_workflow().start(circular, people["ilham"])
    for language in ("ar", "fr"):
        people["ilham"].language = language
        people["ilham"].save()
        page = desk("ilham", language)
        page.goto(f"{CMS}edit/{circular.pk}/")
        with translation.override(language):
            expect(page.locator(".messages")).to_contain_text(str(OWN_EDIT))
