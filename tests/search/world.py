"""A random administration: bodies, trees, posts, people of all kinds, and everything they may or may not find."""

import random
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from wagtail.models import Locale, Page

from core.dates import today
from core.organisations.enums import Act, Clearance, Role
from core.users.models import User
from eservices.correspondence.enums import Confidentiality, Treatment
from eservices.correspondence.models import Copy, WorkItem
from home.circulars.enums import Audience, UnitKind
from home.enums import Audience as PageAudience
from home.models import NewsIndexPage, NewsPage, StandardPage
from tests.factories import circulars, letters
from tests.factories.organisations import (
    CalendarFactory,
    DelegationFactory,
    OrganisationFactory,
    PostFactory,
    RegistryUnitFactory,
    TenureFactory,
    UnitFactory,
)
from tests.factories.users import UserFactory

EVERYWHERE = "الفقرة"  # stands in each document, and in most titles
WORDS = [
    "الإيداع",
    "المراسلات",
    "الصفقات",
    "التكوين",
    "الميزانية",
    "الأرشيف",
    "الموارد",
    "المواعيد",
    "التفويض",
    "المساطر",
]


LETTERS = "جحخدذرزسشصضطظعغق"  # of which nothing is taken off as a beginning or ending
OWN = 10  # letters of a word that stands in one document


@dataclass
class World:
    chance: random.Random
    own: random.Random
    organisations: list = field(default_factory=list)
    units: list = field(default_factory=list)
    posts: list = field(default_factory=list)
    people: list = field(default_factory=list)
    circulars: list = field(default_factory=list)
    items: list = field(default_factory=list)

    def readers(self):
        """Everybody, as a request would bring them: nothing about their posts is known yet. A stranger too."""
        return [*User.objects.order_by("pk"), AnonymousUser()]

    def words(self, number=4):
        return " ".join(self.chance.sample(WORDS, number))

    def own_word(self):
        """A word that stands nowhere else."""
        return "".join(self.own.choices(LETTERS, k=OWN))


def make(seed: int, *, people=60, acts=24, mail=36) -> World:
    world = World(random.Random(seed), random.Random(f"own {seed}"))
    for _number in range(3):
        _organisation(world)
    for number in range(people):
        _person(world, number)
    _close_some(world)
    for number in range(acts):
        world.circulars.append(_circular(world, number))
    for _number in range(mail):
        world.items.append(_letter(world))
    _pages(world)
    return world


def _organisation(world):
    chance, body = world.chance, OrganisationFactory()
    CalendarFactory(organisation=body)
    units = [RegistryUnitFactory(organisation=body, name_ar=f"{EVERYWHERE} الضبط")]
    for _number in range(7):
        parent = chance.choice([None, *units])
        name = f"{EVERYWHERE} {world.words(2)}"
        is_far = chance.random() < 0.3
        units.append(UnitFactory(organisation=body, parent=parent, name_ar=name, is_deconcentrated=is_far))
    for unit in units:
        for _number in range(chance.randint(1, 3)):
            roles = chance.sample(Role.values, chance.randint(0, 3))
            world.posts.append(PostFactory(unit=unit, roles=roles))
        if chance.random() < 0.5:
            world.posts.append(PostFactory(unit=unit, roles=[Role.HEAD]))
    world.organisations.append(body)
    world.units += units


def _person(world, number):
    """Somebody with no post, one or several, held now, before or later; some act for others, in time or not."""
    chance, day = world.chance, today()
    person = UserFactory(is_superuser=number == 0, name_ar=f"{EVERYWHERE} {world.words(2)} {number}")
    for post in chance.sample(world.posts, 0 if number in (0, 1) else chance.choice([0, 1, 1, 1, 2])):
        starts, ends = chance.choice([(-400, None), (-400, None), (-400, 0), (0, 30), (-400, -1), (1, None)])
        TenureFactory(
            post=post,
            user=person,
            starts_on=day + timedelta(starts),
            ends_on=None if ends is None else day + timedelta(ends),
            clearance=chance.choice(Clearance.values),
        )
    for _seat in range(chance.choice([0, 0, 0, 1, 1, 2])):
        starts, ends = chance.choice([(-1, 1), (0, 0), (-9, -1), (1, 9)])
        DelegationFactory(
            post=chance.choice(world.posts),
            user=person,
            starts_on=day + timedelta(starts),
            ends_on=day + timedelta(ends),
            acts=chance.sample(Act.values, chance.randint(1, 3)),
            clearance=chance.choice(Clearance.values),
            revoked_at=timezone.now() if chance.random() < 0.2 else None,
        )
    world.people.append(person)


def _close_some(world):
    """A body, units, posts and accounts of some are closed."""
    chance = world.chance
    for rows, share in ((world.units, 0.08), (world.posts, 0.08), (world.people, 0.06)):
        for row in rows:
            if chance.random() < share and not getattr(row, "is_registry", False):
                row.is_active = False
                row.save(update_fields=["is_active"])


def _circular(world, number):
    chance = world.chance
    audience = [Audience.PUBLIC, Audience.STAFF, Audience.ADDRESSEES, Audience.ADDRESSEES][number % 4]
    kinds = [
        lambda: {"organisation": chance.choice(world.organisations)},
        dict,
        lambda: {"organisation": chance.choice(world.organisations), "unit_kind": chance.choice(UnitKind.values)},
        lambda: {"unit_kind": chance.choice(UnitKind.values)},
        lambda: {"post": chance.choice(world.posts)},
    ]
    return circulars.published(
        chance.choice(world.organisations),
        number=f"{number + 1}/{2020 + number % 5}",
        audience=audience,
        paragraphs=(f"{EVERYWHERE} {world.words()}", f"{world.words()} {world.own_word()}"),
        addressees=[chance.choice(kinds)() for _each in range(chance.randint(0, 3))],
    )


def _letter(world):
    """Registered as any, then wherever it may have come to."""
    chance, body = world.chance, world.chance.choice(world.organisations)
    item = letters.deposited(body, subject=f"{EVERYWHERE} {world.words()} {world.own_word()}").item
    near = [unit for unit in world.units if unit.organisation_id == body.pk]
    owner = chance.choice([None, *near, *near])
    facts = {
        "owner_unit": owner,
        "state": chance.choice([Treatment.ASSIGNED, Treatment.IN_PROGRESS]) if owner else Treatment.TO_QUALIFY,
        "coordinator": chance.choice([None, None, None, *near]),
        "confidentiality": chance.choice(Confidentiality.values),
    }
    WorkItem.objects.filter(pk=item.pk).update(**facts)
    item.correspondence.confidentiality = facts["confidentiality"]
    item.correspondence.save(update_fields=["confidentiality"])
    for unit in chance.sample(world.units, chance.choice([0, 0, 1, 2])):
        Copy.objects.create(item=item, unit=unit)
    return WorkItem.objects.get(pk=item.pk)


def _pages(world):
    root = Page.get_first_root_node()
    locale = Locale.objects.get_or_create(language_code="ar")[0]
    index = root.add_child(instance=NewsIndexPage(title=f"{EVERYWHERE} أخبار", slug="news-of-the-world", locale=locale))
    for number in range(8):
        facts = {
            "title": f"{EVERYWHERE} {world.words(3)}",
            "slug": f"page-{number}",
            "intro": f"{world.words()} {world.own_word()}",
            "audience": world.chance.choice(PageAudience.values),
            "live": number != 5,
            "locale": locale,
        }
        parent, model = (index, NewsPage) if number % 2 else (root, StandardPage)
        parent.add_child(instance=model(**facts))
