"""A stock of circulars written in bulk: publishing one by one is not what the benches of circulars measure."""

import hashlib
import random
from datetime import UTC, date, datetime, timedelta

AUTHORITIES, UNITS, THEMES, YEARS = 8, 40, 12, 12
WORDS = ("الرقمنة", "الآجال", "الصفقات", "الموارد البشرية", "السجلات", "التكوين", "الأرشيف", "الميزانية")
PARAGRAPH = "تُحال المراسلة على الوحدة المختصة في أجل أقصاه يوما عمل من تاريخ تقييدها، ويُخبر المودِع بذلك. "
BATCH = 2_000
ONE = (
    ("ar", "authentic", "إلزامية الإيداع الرقمي", "على كل إدارة أن تحدث مكتبا للضبط في أجل ثلاثين يوما. الفقرة"),
    ("fr", "official", "Dépôt numérique obligatoire", "Chaque administration crée un bureau d’ordre. Paragraphe"),
)


def publish(key):
    """Publish what the rows say now, as the administration does."""
    from home.circulars.models import Circular

    Circular.objects.get(pk=key).save_revision().publish(skip_permission_checks=True)
    return Circular.objects.select_related("authority", "current").get(pk=key)


def retitle(circular, title):
    """Publish a correction of its Arabic title."""
    from home.circulars.models import Circular, CircularText

    CircularText.objects.filter(circular=circular, language="ar").update(title=title)
    Circular.objects.filter(pk=circular.pk).update(change="correction")
    return publish(circular.pk)


class Stock:
    """Administrations, their people and circulars; some are for civil servants, some for their addressees alone."""

    def __init__(self):
        from core.organisations.enums import Role
        from core.organisations.models import Organisation, Unit, WorkingCalendar
        from home.circulars.models import Theme

        self.chance, self.made, self.today = random.Random(7), 0, datetime.now(UTC).date()
        self.organisations = [
            Organisation.objects.create(
                code=f"B{n:02d}", slug=f"b{n:02d}", kind="ministry", name_ar=f"إدارة {n}", name_fr=f"Organisme {n}"
            )
            for n in range(AUTHORITIES)
        ]
        Organisation.objects.update(is_hosted=True)
        for organisation in self.organisations:
            WorkingCalendar.objects.create(
                organisation=organisation, version=1, valid_from="2020-01-01", weekend=[5, 6]
            )
        self.units = [
            Unit.objects.create(
                organisation=self.organisations[n % AUTHORITIES],
                code=f"U{n:02d}",
                name_ar=f"وحدة {n}",
                name_fr=f"Unité {n}",
                is_registry=n < AUTHORITIES,
            )
            for n in range(UNITS)
        ]
        self.themes = [
            Theme.objects.create(slug=f"t{n}", name_ar=f"موضوع {n}", name_fr=f"Thème {n}") for n in range(THEMES)
        ]
        self.agent = self._person("agent", self.units[0], Role.AGENT)

    def grow(self, size: int) -> None:
        """Write circulars until there are `size`, spread over the same years whatever the size."""
        from django.db import connection

        while self.made < size:
            self._write(min(BATCH, size - self.made))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def publish_one(self):
        """One more as editors publish it: public, of this year, in two languages and two versions, with what others did
        to it and it to others, asking its addressees, the agent among them, for an action and an acknowledgement."""
        from home.circulars.models import Action, Addressee, Circular, CircularText, Relation

        facts = {"signed_on": self.today, "signatory": "الوزير", "office": "وزير", "acknowledging": "asked"}
        facts |= {"number": f"0/{self.today.year}", "authority": self.organisations[0]}
        circular = Circular.objects.create(live=False, **facts)
        for language, standing, title, words in ONE:
            body = [{"type": "paragraph", "value": f"<p>{words} {place}</p>"} for place in range(1, 9)]
            CircularText.objects.create(circular=circular, language=language, standing=standing, title=title, body=body)
        Addressee.objects.create(circular=circular, organisation=self.organisations[0])
        Action.objects.create(circular=circular, text_ar="إحداث مكتب للضبط", due_on=self.today + timedelta(30))
        Circular.themes.through.objects.create(circular=circular, theme=self.themes[0])
        others = list(Circular.objects.filter(audience="public").exclude(pk=circular.pk).order_by("pk")[:5])
        for predicate, other in zip(("cites", "supplements", "abrogates"), others, strict=False):
            Relation.objects.create(subject=circular, circular=other, predicate=predicate)
        for predicate, other in zip(("amends", "cites"), others[3:], strict=True):
            Relation.objects.create(subject=other, circular=circular, predicate=predicate, paragraphs="p3")
        publish(circular.pk)
        return retitle(circular, "إلزامية الإيداع الرقمي لكل إدارة")

    def _person(self, name, unit, role):
        from core.organisations.models import Post, PostRole, Tenure
        from core.users.models import User

        user = User.objects.create(username=name, first_name=name, last_name="Bench", email=f"{name}@example.org")
        post = Post.objects.create(unit=unit, title_ar="منصب", title_fr="Poste")
        PostRole.objects.create(post=post, role=role)
        Tenure.objects.create(post=post, user=user, starts_on=self.today - timedelta(30))
        return user

    def _write(self, count):
        from django.db import connection, transaction

        from home.circulars.models import Addressee, Circular, CircularText, CircularVersion

        numbers = range(self.made + 1, self.made + count + 1)
        with transaction.atomic():
            circulars = Circular.objects.bulk_create(self._circular(n) for n in numbers)
            CircularVersion.objects.bulk_create(self._version(each) for each in circulars)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE circulars_circular SET current_id = (SELECT v.id FROM circulars_circularversion v"
                    " WHERE v.circular_id = circulars_circular.id) WHERE current_id IS NULL"
                )
            CircularText.objects.bulk_create(
                CircularText(circular=each, language="ar", title=self._title(each), body=[]) for each in circulars
            )
            Circular.themes.through.objects.bulk_create(
                Circular.themes.through(circular_id=each.pk, theme_id=theme.pk)
                for each in circulars
                for theme in self.chance.sample(self.themes, self.chance.choice((1, 1, 2)))
            )
            Addressee.objects.bulk_create(self._addressee(each) for each in circulars)
        self.made += count

    def _circular(self, n):
        from home.circulars.enums import Audience, Kind
        from home.circulars.force import Force
        from home.circulars.models import Circular

        signed_on = date(self.today.year - n % YEARS, 1, 1) + timedelta(self.chance.randrange(300))
        statuses = (Force.IN_FORCE, Force.PARTLY, Force.EXPIRED, Force.ABROGATED, Force.REPLACED)
        return Circular(
            authority=self.chance.choices(self.organisations, range(AUTHORITIES, 0, -1))[0],
            kind=self.chance.choices(Kind.values, (8, 4, 4, 2, 1))[0],
            number=f"{n}/{signed_on.year}",
            number_key=f"{n}/{signed_on.year}",
            signed_on=signed_on,
            signatory="الوزير",
            office="الوزير",
            audience=self.chance.choices(Audience.values, (80, 15, 5))[0],
            force=self.chance.choices(statuses, (55, 5, 25, 10, 5))[0],
            anchors={str(place): f"p{place}" for place in range(1, 7)},
            live=True,
        )

    def _title(self, circular):
        return f"منشور حول {WORDS[circular.pk % len(WORDS)]} رقم {circular.number}"

    def _version(self, circular):
        from home.circulars.models import CircularVersion

        blocks = [{"type": "paragraph", "anchor": f"p{place}", "html": f"<p>{PARAGRAPH}</p>"} for place in range(1, 7)]
        text = {"title": self._title(circular), "summary": PARAGRAPH[:150], "standing": "authentic", "blocks": blocks}
        facts = {
            "authority": circular.authority.code,
            "kind": circular.kind,
            "number": circular.number,
            "signed_on": circular.signed_on.isoformat(),
            "hijri_date": "",
            "signatory": circular.signatory,
            "office": circular.office,
            "in_force_on": "",
            "expires_on": "",
            "review_on": "",
            "contact": "",
        }
        digest = hashlib.sha256(circular.number.encode()).hexdigest()
        return CircularVersion(
            circular=circular,
            number=1,
            day=circular.signed_on,
            published_at=datetime.combine(circular.signed_on, datetime.min.time(), UTC),
            change="first",
            authentic="ar",
            content={"facts": facts, "texts": {"ar": text}, "actions": [], "addressees": [], "files": []},
            hash=digest,
            meaning_hash=digest,
        )

    def _addressee(self, circular):
        from home.circulars.models import Addressee

        organisation = None if circular.pk % 10 == 0 else self.chance.choice(self.organisations)
        kind = self.chance.choice(("", "", "registry", "central"))
        return Addressee(circular=circular, organisation=organisation, unit_kind=kind)
