"""The people every test knows, where they sit, and those who must see nothing.

amina keeps the registry (hamza is the second clerk), youssef heads a unit (said works in it), salma signs,
karim belongs elsewhere, nadia administers, rachid audits.
"""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from core.dates import today
from core.organisations.enums import Act, Clearance, OrganisationKind, Role
from tests.factories.organisations import (
    CalendarFactory,
    DelegationFactory,
    OrganisationFactory,
    PostFactory,
    RegistryUnitFactory,
    UnitFactory,
    post_for,
)
from tests.factories.users import UserFactory


@pytest.fixture
def organisation(db):
    """The ministry most tests live in: hosted, accepts deposits, with a calendar."""
    organisation = OrganisationFactory(
        code="MSP",
        slug="msp",
        name_ar="وزارة الخدمات العمومية",
        name_fr="Ministère des services publics",
        name_en="Ministry of Public Services",
    )
    CalendarFactory(organisation=organisation)
    return organisation


@pytest.fixture
def registry(organisation):
    """Its registry office."""
    return RegistryUnitFactory(organisation=organisation)


@pytest.fixture
def unit(organisation):
    """The unit youssef heads."""
    return UnitFactory(
        organisation=organisation,
        code="DSN",
        name_ar="مديرية الخدمات الرقمية",
        name_fr="Direction des services numériques",
        name_en="Directorate of Digital Services",
    )


@pytest.fixture
def other_unit(organisation):
    """Another unit of the same organisation."""
    return UnitFactory(
        organisation=organisation,
        code="DRH",
        name_ar="مديرية الموارد البشرية",
        name_fr="Direction des ressources humaines",
        name_en="Directorate of Human Resources",
    )


@pytest.fixture
def other_organisation(db):
    """The commune karim belongs to: hosted here too."""
    organisation = OrganisationFactory(
        code="CAM",
        slug="commune",
        kind=OrganisationKind.COMMUNE,
        name_ar="جماعة تجريبية",
        name_fr="Commune d'essai",
        name_en="Trial commune",
    )
    CalendarFactory(organisation=organisation)
    return organisation


@pytest.fixture
def other_registry(other_organisation):
    return RegistryUnitFactory(organisation=other_organisation)


def _person(username, first_name, last_name, name_ar):
    return UserFactory(username=username, first_name=first_name, last_name=last_name, name_ar=name_ar)


@pytest.fixture
def amina(registry):
    """Registry clerk."""
    user = _person("amina", "Amina", "Bennani", "أمينة بناني")
    post_for(user, registry, Role.CLERK, clearance=Clearance.CONFIDENTIAL, title=("عون مكتب الضبط", "Agent", "Clerk"))
    return user


@pytest.fixture
def hamza(registry):
    """The second registry clerk."""
    user = _person("hamza", "Hamza", "Tazi", "حمزة التازي")
    post_for(user, registry, Role.CLERK, title=("عون مكتب الضبط", "Agent", "Clerk"))
    return user


@pytest.fixture
def youssef(unit):
    """Head of `unit`."""
    user = _person("youssef", "Youssef", "El Idrissi", "يوسف الإدريسي")
    post_for(user, unit, Role.HEAD, Role.AGENT, clearance=Clearance.RESTRICTED, title=("مدير", "Directeur", "Director"))
    return user


@pytest.fixture
def said(unit):
    """Agent in `unit`."""
    user = _person("said", "Saïd", "Ouazzani", "سعيد الوزاني")
    post_for(user, unit, Role.AGENT)
    return user


@pytest.fixture
def salma(organisation):
    """Signatory: the secretary-general."""
    user = _person("salma", "Salma", "Chraibi", "سلمى الشرايبي")
    unit = UnitFactory(organisation=organisation, code="SG", name_ar="الكتابة العامة", name_fr="Secrétariat général")
    title = ("الكاتبة العامة", "Secrétaire générale", "Secretary-General")
    post_for(user, unit, Role.SIGNATORY, Role.HEAD, clearance=Clearance.CONFIDENTIAL, title=title)
    return user


@pytest.fixture
def karim(other_registry):
    """Everything in another organisation, nothing here."""
    user = _person("karim", "Karim", "Fassi", "كريم الفاسي")
    roles = [Role.CLERK, Role.HEAD, Role.AGENT, Role.SIGNATORY, Role.AUDITOR, Role.ADMINISTRATOR]
    post_for(user, other_registry, *roles, clearance=Clearance.CONFIDENTIAL)
    return user


@pytest.fixture
def nadia(organisation):
    """Administrator of `organisation`: configures, reads no item."""
    user = _person("nadia", "Nadia", "Berrada", "نادية برادة")
    unit = UnitFactory(organisation=organisation, code="DSI", name_ar="قسم المعلوميات", name_fr="Division informatique")
    post_for(user, unit, Role.ADMINISTRATOR)
    return user


@pytest.fixture
def rachid(organisation):
    """Auditor of `organisation`."""
    user = _person("rachid", "Rachid", "Amrani", "رشيد العمراني")
    unit = UnitFactory(organisation=organisation, code="IG", name_ar="المفتشية العامة", name_fr="Inspection générale")
    post_for(user, unit, Role.AUDITOR)
    return user


# --- the rows of the access matrix: people who must find nothing -------------------------------------------------


@pytest.fixture
def stranger():
    """Nobody signed in; a citizen has no account, so “other citizen” is the same with a session of their own."""
    return AnonymousUser()


@pytest.fixture
def colleague(other_unit):
    """Same organisation, without the post: head of another unit."""
    user = _person("colleague", "Hicham", "Naciri", "هشام الناصري")
    post_for(user, other_unit, Role.HEAD, Role.AGENT)
    return user


@pytest.fixture
def expired_delegate(unit, registry):
    """Acted for a head and a clerk here until yesterday."""
    user = _person("delegate", "Omar", "Lahlou", "عمر لحلو")
    for place, role in [(unit, Role.HEAD), (registry, Role.CLERK)]:
        post = PostFactory(unit=place, roles=[role])
        days = {"starts_on": today() - timedelta(30), "ends_on": today() - timedelta(1)}
        DelegationFactory(post=post, user=user, acts=list(Act.values), clearance=Clearance.CONFIDENTIAL, **days)
    return user


@pytest.fixture
def disabled_account(unit, registry):
    """Still written on posts here, but the account is closed."""
    user = _person("disabled", "Leila", "Sebti", "ليلى السبتي")
    post_for(user, unit, Role.HEAD, Role.AGENT, clearance=Clearance.CONFIDENTIAL)
    post_for(user, registry, Role.CLERK, clearance=Clearance.CONFIDENTIAL)
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


@pytest.fixture
def client_of(db):
    """`client_of(user)`: a browser in which `user` is signed in; with None or a stranger, nobody is.

    A disabled account gets the session it would still have from before it was closed.
    """
    from django.test import Client

    def sign_in(user):
        client = Client()
        if user is not None and user.is_authenticated:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def access_matrix(stranger, karim, colleague, expired_delegate, disabled_account, client_of):
    """Who is refused everything of `organisation`, each with a browser: `{name: client}`."""
    return {
        "stranger": client_of(stranger),
        "other citizen": client_of(None),
        "agent of another organisation": client_of(karim),
        "same organisation without the post": client_of(colleague),
        "expired delegate": client_of(expired_delegate),
        "disabled account": client_of(disabled_account),
    }
