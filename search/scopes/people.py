"""The directory: people by the posts they hold, and units."""

from operator import attrgetter

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core.organisations.acl import acl_of
from core.organisations.models import Delegation, Organisation, Post, Tenure, Unit
from core.organisations.permissions import people_visible_to, units_visible_to
from core.users.models import User

from ..contract import Record
from .base import LANGUAGES, Scope, Shown, Text, passages_of


class PersonScope(Scope):
    kind = "person"
    label = _("person")
    model = User
    columns = (  # of what a person holds
        *(f"user__{name}" for name in ("name_ar", "first_name", "last_name", "username", "email")),
        *(f"post__title_{language}" for language in LANGUAGES),
        *(f"post__unit__name_{language}" for language in LANGUAGES),
        *(f"post__unit__organisation__name_{language}" for language in LANGUAGES),
    )

    def visible_to(self, user):
        return people_visible_to(user)

    def visible_among(self, keys, user):
        return Tenure.objects.effective().filter(user__in=super().visible_among(keys, user))

    def gathered(self, rows):
        people = {}
        for tenure in sorted(rows, key=attrgetter("pk")):
            person = people.setdefault(tenure.user.pk, tenure.user)
            person.held = [*getattr(person, "held", ()), tenure]
        return list(people.values())

    def documents(self):
        held = Tenure.objects.effective()
        return User.objects.filter(pk__in=held.values("user")).prefetch_related(_held())

    def record(self, person, version):
        posts = [tenure.post for tenure in person.held]
        latin = f"{person.first_name} {person.last_name}"
        names = [
            getattr(row, f"{stem}_{language}")
            for post in posts
            for row, stem in ((post, "title"), (post.unit, "name"), (post.unit.organisation, "name"))
            for language in LANGUAGES
        ]
        return Record(
            doc_id=self.doc_id(person.pk),
            version=version,
            kind=self.kind,
            acl=acl_of(person),
            passages=passages_of([Text(f"{person.name_ar} {latin}", tuple(dict.fromkeys(names)))]),
            organisation=posts[0].unit.organisation.code if posts else "",
            unit=posts[0].unit.code if posts else "",
        )

    def shown(self, people, user):
        return {person.pk: self._shown(person) for person in people}

    def address(self, person, passage, user, files=()):
        return _mail(person)

    def keys_of(self, obj):
        match obj:
            case User():
                return [obj.pk]
            case Tenure():
                return [obj.user_id]
            case Delegation():
                return []
            case Post():
                held = Tenure.objects.filter(post=obj)
            case Unit():
                held = Tenure.objects.filter(post__unit=obj)
            case Organisation():
                held = Tenure.objects.filter(post__unit__organisation=obj)
            case _:
                return []
        return held.current().values_list("user", flat=True).distinct()

    def _shown(self, person):
        posts = [tenure.post for tenure in person.held]
        seats = [f"{post.title}, {post.unit.name}" for post in posts]
        bodies = dict.fromkeys(post.unit.organisation.name for post in posts)
        return Shown(title=str(person), url=_mail(person), authority=" · ".join([*seats, *bodies]))


class UnitScope(Scope):
    kind = "unit"
    label = _("unit")
    model = Unit
    columns = (
        *("code", *(f"name_{language}" for language in LANGUAGES)),
        *(f"organisation__name_{language}" for language in LANGUAGES),
    )

    def visible_to(self, user):
        return units_visible_to(user)

    def documents(self):
        open_units = Unit.objects.active().filter(organisation__is_active=True)
        return open_units.select_related("organisation", "parent")

    def record(self, unit, version):
        names = [getattr(unit, f"name_{language}") for language in LANGUAGES]
        above = [getattr(row, f"name_{each}") for row in (unit.parent, unit.organisation) if row for each in LANGUAGES]
        return Record(
            doc_id=self.doc_id(unit.pk),
            version=version,
            kind=self.kind,
            acl=acl_of(unit),
            passages=passages_of([Text(" ".join(names), (unit.code, *above))]),
            organisation=unit.organisation.code,
            unit=unit.code,
        )

    def shown(self, units, user):
        return {unit.pk: Shown(title=unit.name, number=unit.code, authority=unit.organisation.name) for unit in units}

    def address(self, unit, passage, user, files=()):
        return ""

    def keys_of(self, obj):
        match obj:
            case Unit():
                below = Unit.objects.filter(parent=obj).values_list("pk", flat=True)
                return {obj.pk, *below}
            case Organisation():
                return Unit.objects.filter(organisation=obj).values_list("pk", flat=True)
        return []


def _held():
    rows = Tenure.objects.effective().order_by("pk").select_related("post__unit__organisation")
    return Prefetch("tenures", rows, to_attr="held")


def _mail(person):
    return f"mailto:{person.email}" if person.email else ""
