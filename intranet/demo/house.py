"""Who is there in the demonstration: a neutral ministry with directorates and two regional delegations, and a commune.

Invented bodies and people; places are real ones (core.organisations.places).
"""

from dataclasses import dataclass, field
from datetime import date, time

from django.contrib.auth.hashers import make_password

from core.organisations.calendar import public_holidays
from core.organisations.enums import Act, Clearance, OrganisationKind, Role
from core.organisations.models import (
    Delegation,
    Holiday,
    OpeningHours,
    Organisation,
    Post,
    PostRole,
    Tenure,
    Territory,
    Unit,
    WorkingCalendar,
)
from core.organisations.operations import sync_groups
from core.users.models import User
from eservices.correspondence.enums import Nature, SilenceEffect
from eservices.correspondence.models import ActType, RequiredPiece

PASSWORD = "diwan-demo-2026"  # noqa: S105 — of a demonstration on this machine only

MINISTRY = {
    "code": "MSP",
    "slug": "msp",
    "kind": OrganisationKind.MINISTRY,
    "name_ar": "وزارة المرافق العمومية",
    "name_fr": "Ministère des services publics",
    "name_en": "Ministry of Public Services",
    "address_ar": "شارع الاستقلال، الرباط",
    "address_fr": "Avenue de l'Indépendance, Rabat",
    "phone": "+212 5 30 00 00 00",
    "email": "bureau.ordre@msp.example",
    "cndp_number": "D-W-000/2026",
    "is_hosted": True,
    "accepts_deposits": True,
}
COMMUNE = {
    "code": "CWZ",
    "slug": "oued-zitoun",
    "kind": OrganisationKind.COMMUNE,
    "name_ar": "جماعة واد الزيتون",
    "name_fr": "Commune d'Oued Zitoun",
    "name_en": "Commune of Oued Zitoun",
    "address_ar": "ساحة المسيرة، واد الزيتون",
    "address_fr": "Place de la Marche, Oued Zitoun",
    "phone": "+212 5 30 00 00 01",
    "email": "bureau.ordre@cwz.example",
    "cndp_number": "D-W-001/2026",
    "is_hosted": True,
    "accepts_deposits": True,
}

# code, parent, Arabic, French, English; a last True: deconcentrated, False: registry, None: central
UNITS = {
    "MSP": [
        ("SG", "", "الكتابة العامة", "Secrétariat général", "General Secretariat", None),
        ("BO", "SG", "مكتب الضبط", "Bureau d'ordre", "Registry office", False),
        ("DRL", "SG", "مديرية الرخص والتراخيص", "Direction des autorisations", "Directorate of Licences", None),
        ("DAJ", "SG", "مديرية الشؤون القانونية", "Direction des affaires juridiques", "Legal Affairs", None),
        ("DRH", "SG", "مديرية الموارد البشرية", "Direction des ressources humaines", "Human Resources", None),
        ("DSI", "SG", "مديرية نظم المعلومات", "Direction des systèmes d'information", "Information Systems", None),
        ("IGE", "SG", "المفتشية العامة", "Inspection générale", "Inspectorate General", None),
        ("DRF", "SG", "المديرية الجهوية بفاس", "Direction régionale de Fès", "Regional Directorate of Fès", True),
        (
            "DRS",
            "SG",
            "المديرية الجهوية بأكادير",
            "Direction régionale d'Agadir",
            "Regional Directorate of Agadir",
            True,
        ),
        ("SAT", "DRL", "مصلحة الأنشطة المهنية", "Service des activités professionnelles", "Trades Service", None),
    ],
    "CWZ": [
        ("PC", "", "رئاسة الجماعة", "Présidence de la commune", "Office of the President", None),
        ("BO", "PC", "مكتب الضبط", "Bureau d'ordre", "Registry office", False),
        ("URB", "PC", "مصلحة التعمير", "Service de l'urbanisme", "Planning Service", None),
        ("EC", "PC", "مصلحة الحالة المدنية", "Service de l'état civil", "Civil Status Service", None),
    ],
}
# Feasts of the lunar calendar as observed in 2026; they are announced each year.
LUNAR_2026 = [
    (date(2026, 3, 20), "عيد الفطر", "Aïd al-Fitr"),
    (date(2026, 3, 21), "عيد الفطر", "Aïd al-Fitr"),
    (date(2026, 5, 27), "عيد الأضحى", "Aïd al-Adha"),
    (date(2026, 5, 28), "عيد الأضحى", "Aïd al-Adha"),
    (date(2026, 6, 17), "فاتح محرم", "1er Moharrem"),
    (date(2026, 8, 26), "عيد المولد النبوي", "Aïd al-Mawlid"),
]
TERRITORIES = {"DRF": "فاس-مكناس", "DRS": "سوس-ماسة"}


@dataclass(frozen=True)
class Person:
    username: str
    first_name: str
    last_name: str
    name_ar: str
    organisation: str
    unit: str
    title: tuple[str, str, str]
    roles: tuple[str, ...]
    clearance: int = Clearance.NORMAL
    language: str = "ar"
    note: tuple[str, str] = field(default=("", ""))  # what the table of accounts says, Arabic and French


HEAD, AGENT, CLERK = Role.HEAD, Role.AGENT, Role.CLERK
_DIRECTOR = ("مدير", "Directeur", "Director")
_CLERK = ("عون مكتب الضبط", "Agent du bureau d'ordre", "Registry clerk")
_OFFICER = ("متصرف", "Administrateur", "Officer")

PEOPLE = [
    Person(
        "amina",
        "Amina",
        "Bennani",
        "أمينة بناني",
        "MSP",
        "BO",
        _CLERK,
        (CLERK, AGENT),
        Clearance.CONFIDENTIAL,
        note=("عون مكتب الضبط", "agent du bureau d'ordre"),
    ),
    Person(
        "hamza",
        "Hamza",
        "Tazi",
        "حمزة التازي",
        "MSP",
        "BO",
        _CLERK,
        (CLERK, AGENT),
        Clearance.RESTRICTED,
        note=("العون الثاني بمكتب الضبط", "second agent du bureau d'ordre"),
    ),
    Person(
        "naima",
        "Naïma",
        "Slaoui",
        "نعيمة السلاوي",
        "MSP",
        "BO",
        ("رئيسة مكتب الضبط", "Cheffe du bureau d'ordre", "Head of the registry"),
        (HEAD, CLERK),
        Clearance.CONFIDENTIAL,
    ),
    Person(
        "youssef",
        "Youssef",
        "El Idrissi",
        "يوسف الإدريسي",
        "MSP",
        "DRL",
        _DIRECTOR,
        (HEAD, AGENT, Role.SIGNATORY),
        Clearance.RESTRICTED,
        note=("رئيس وحدة (مديرية الرخص)", "chef d'entité (direction des autorisations)"),
    ),
    Person(
        "said",
        "Saïd",
        "Ouazzani",
        "سعيد الوزاني",
        "MSP",
        "DRL",
        _OFFICER,
        (AGENT,),
        note=("إطار بالمديرية نفسها", "cadre de la même direction"),
    ),
    Person(
        "leila",
        "Leïla",
        "Amrani",
        "ليلى العمراني",
        "MSP",
        "SAT",
        ("رئيسة مصلحة", "Cheffe de service", "Head of service"),
        (HEAD, AGENT),
    ),
    Person(
        "salma",
        "Salma",
        "Chraibi",
        "سلمى الشرايبي",
        "MSP",
        "SG",
        ("الكاتبة العامة", "Secrétaire générale", "Secretary-General"),
        (HEAD, AGENT, Role.SIGNATORY),
        Clearance.CONFIDENTIAL,
        note=("الكاتبة العامة", "secrétaire générale"),
    ),
    Person(
        "omar", "Omar", "Benjelloun", "عمر بنجلون", "MSP", "DAJ", _DIRECTOR, (HEAD, AGENT), Clearance.RESTRICTED, "fr"
    ),
    Person("hind", "Hind", "Alaoui", "هند العلوي", "MSP", "DRH", ("مديرة", "Directrice", "Director"), (HEAD, AGENT)),
    Person("mehdi", "Mehdi", "Kabbaj", "مهدي القباج", "MSP", "DSI", _DIRECTOR, (HEAD, AGENT), language="fr"),
    Person(
        "zineb",
        "Zineb",
        "Filali",
        "زينب الفيلالي",
        "MSP",
        "IGE",
        ("مفتشة عامة", "Inspectrice générale", "Inspector"),
        (HEAD, AGENT),
        Clearance.CONFIDENTIAL,
    ),
    Person(
        "driss",
        "Driss",
        "Lahlou",
        "إدريس لحلو",
        "MSP",
        "DRF",
        ("المدير الجهوي بفاس", "Directeur régional de Fès", "Regional director"),
        (HEAD, AGENT),
    ),
    Person(
        "khadija",
        "Khadija",
        "Aït Taleb",
        "خديجة آيت الطالب",
        "MSP",
        "DRS",
        ("المديرة الجهوية بأكادير", "Directrice régionale d'Agadir", "Regional director"),
        (HEAD, AGENT),
    ),
    Person(
        "rachid",
        "Rachid",
        "Sebti",
        "رشيد السبتي",
        "MSP",
        "IGE",
        ("مدقق", "Auditeur", "Auditor"),
        (Role.AUDITOR,),
        note=("مدقق", "auditeur"),
    ),
    Person(
        "nadia",
        "Nadia",
        "Berrada",
        "نادية برادة",
        "MSP",
        "DSI",
        ("مديرة المنصة", "Administratrice de la plateforme", "Platform administrator"),
        (Role.ADMINISTRATOR,),
        note=("مديرة المنصة", "administratrice de la plateforme"),
    ),
    Person(
        "ilham",
        "Ilham",
        "Rami",
        "إلهام الرامي",
        "MSP",
        "SG",
        ("مكلفة بتحرير المناشير", "Chargée de la rédaction des circulaires", "Editor of circulars"),
        (Role.CIRCULAR_EDITOR,),
        note=("محررة المناشير", "rédactrice de circulaires"),
    ),
    Person(
        "tarik",
        "Tarik",
        "Bouzidi",
        "طارق البوزيدي",
        "MSP",
        "SG",
        ("رئيس قسم المناشير", "Chef de la division des circulaires", "Head of circulars"),
        (Role.CIRCULAR_PUBLISHER,),
        note=("ناشر المناشير", "responsable de la publication des circulaires"),
    ),
    Person(
        "karim",
        "Karim",
        "Fassi",
        "كريم الفاسي",
        "CWZ",
        "BO",
        ("عون مكتب الضبط بالجماعة", "Agent du bureau d'ordre de la commune", "Clerk of the commune"),
        (CLERK, HEAD, AGENT),
        Clearance.CONFIDENTIAL,
        note=("إدارة أخرى: جماعة واد الزيتون", "autre organisme : la commune"),
    ),
    Person(
        "fouad",
        "Fouad",
        "Zeroual",
        "فؤاد زروال",
        "CWZ",
        "URB",
        ("رئيس مصلحة", "Chef de service", "Head of service"),
        (HEAD, AGENT),
    ),
    Person(
        "samira",
        "Samira",
        "Haddad",
        "سميرة حداد",
        "CWZ",
        "EC",
        ("رئيسة مصلحة", "Cheffe de service", "Head of service"),
        (HEAD, AGENT),
    ),
]

# code, Arabic, French, English, unit, nature, max, pieces, extension, silence, pieces (Arabic, French)
ACT_TYPES = {
    "MSP": [
        (
            "letter",
            "مراسلة عامة",
            "Courrier général",
            "General correspondence",
            "",
            Nature.LETTER,
            60,
            15,
            0,
            "none",
            [],
        ),
        (
            "licence",
            "طلب رخصة استغلال محل مهني",
            "Demande d'autorisation d'exploiter un local professionnel",
            "Licence for professional premises",
            "DRL",
            Nature.REQUEST,
            60,
            15,
            30,
            "accepted",
            [
                ("نسخة من التصميم موقعة من طرف مهندس معماري", "Copie du plan signée par un architecte"),
                ("عقد الكراء أو شهادة الملكية", "Contrat de bail ou titre de propriété"),
            ],
        ),
        (
            "investment",
            "طلب ترخيص لمشروع استثماري",
            "Demande d'autorisation d'un projet d'investissement",
            "Authorisation of an investment project",
            "DRL",
            Nature.REQUEST,
            30,
            15,
            15,
            "accepted",
            [("بطاقة وصفية للمشروع", "Fiche descriptive du projet")],
        ),
        (
            "information",
            "طلب الحصول على معلومات",
            "Demande d'accès à l'information",
            "Request for information",
            "DAJ",
            Nature.REQUEST,
            20,
            10,
            20,
            "none",
            [],
        ),
        (
            "appeal",
            "تظلم إداري",
            "Recours administratif",
            "Administrative appeal",
            "DAJ",
            Nature.APPEAL,
            60,
            15,
            0,
            "refused",
            [("نسخة من القرار المطعون فيه", "Copie de la décision contestée")],
        ),
        (
            "hr",
            "طلب يهم وضعية إدارية",
            "Demande relative à une situation administrative",
            "Staff matter",
            "DRH",
            Nature.REQUEST,
            60,
            15,
            30,
            "none",
            [],
        ),
    ],
    "CWZ": [
        (
            "letter",
            "مراسلة عامة",
            "Courrier général",
            "General correspondence",
            "",
            Nature.LETTER,
            60,
            15,
            0,
            "none",
            [],
        ),
        (
            "building",
            "طلب رخصة إصلاح",
            "Demande de permis de réparer",
            "Repair permit",
            "URB",
            Nature.REQUEST,
            30,
            15,
            15,
            "accepted",
            [("نسخة من التصميم", "Copie du plan")],
        ),
        (
            "status",
            "طلب تصحيح بيان بالحالة المدنية",
            "Demande de rectification d'état civil",
            "Civil status correction",
            "EC",
            Nature.REQUEST,
            30,
            15,
            0,
            "none",
            [],
        ),
    ],
}
APPEALS = (
    "تظلم لدى رئيس الإدارة، ثم المحكمة الإدارية المختصة",
    "Recours gracieux, puis tribunal administratif compétent",
)


def build(first_day: date, last_year: int) -> dict[str, Organisation]:
    """Bodies, units, posts, people, calendars and act types; returns the organisations by code."""
    bodies = {row["code"]: Organisation.objects.create(**row) for row in (MINISTRY, COMMUNE)}
    for code, organisation in bodies.items():
        _units(organisation, UNITS[code])
        _calendar(organisation, range(first_day.year, last_year + 2))
        _act_types(organisation, ACT_TYPES[code])
    password = make_password(PASSWORD)  # once: hashing is slow on purpose
    people = {person.username: _person(person, bodies, first_day, password) for person in PEOPLE}
    _delegation(people, last_year)
    sync_groups()
    return bodies


def _units(organisation, rows):
    made = {}
    for code, parent, name_ar, name_fr, name_en, kind in rows:
        territory = Territory.objects.filter(kind="region", name_ar=TERRITORIES.get(code, "")).first()
        made[code] = Unit.objects.create(
            organisation=organisation,
            parent=made.get(parent),
            code=code,
            name_ar=name_ar,
            name_fr=name_fr,
            name_en=name_en,
            is_deconcentrated=kind is True,
            is_registry=kind is False,
            territory=territory,
        )


def _calendar(organisation, years):
    calendar = WorkingCalendar.objects.create(organisation=organisation, valid_from=date(2020, 1, 1))
    OpeningHours.objects.create(calendar=calendar, opens=time(8, 30), closes=time(16, 30))
    days = {day: names for year in years for day, *names in public_holidays(year)}
    days |= {day: names for day, *names in LUNAR_2026}
    Holiday.objects.bulk_create(
        Holiday(calendar=calendar, day=day, name_ar=ar, name_fr=fr) for day, (ar, fr) in days.items()
    )


def _act_types(organisation, rows):
    for order, (code, ar, fr, en, unit, nature, days, pieces_days, extension, silence, pieces) in enumerate(rows):
        made = ActType.objects.create(
            organisation=organisation,
            code=code,
            name_ar=ar,
            name_fr=fr,
            name_en=en,
            unit=Unit.objects.filter(organisation=organisation, code=unit).first(),
            nature=nature,
            max_days=days,
            pieces_days=pieces_days,
            extension_days=extension,
            silence_effect=silence,
            attestation_issuer_ar=organisation.name_ar if silence == SilenceEffect.ACCEPTED else "",
            attestation_issuer_fr=organisation.name_fr if silence == SilenceEffect.ACCEPTED else "",
            appeals_ar=APPEALS[0],
            appeals_fr=APPEALS[1],
            order=order,
        )
        for n, (name_ar, name_fr) in enumerate(pieces):
            RequiredPiece.objects.create(act_type=made, name_ar=name_ar, name_fr=name_fr, order=n)


def _person(person, bodies, first_day, password):
    user = User.objects.create(
        username=person.username,
        email=f"{person.username}@{bodies[person.organisation].slug}.example",
        password=password,
        first_name=person.first_name,
        last_name=person.last_name,
        name_ar=person.name_ar,
        language=person.language,
    )
    unit = Unit.objects.get(organisation=bodies[person.organisation], code=person.unit)
    ar, fr, en = person.title
    post = Post.objects.create(unit=unit, title_ar=ar, title_fr=fr, title_en=en)
    PostRole.objects.bulk_create(PostRole(post=post, role=role) for role in person.roles)
    Tenure.objects.create(post=post, user=user, starts_on=first_day, clearance=person.clearance)
    return user


def _delegation(people, year):
    """The head of the trades service acts for the director of licences at the end of the year."""
    post = Post.objects.get(tenures__user=people["youssef"])
    Delegation.objects.create(
        post=post,
        user=people["leila"],
        starts_on=date(year, 12, 20),
        ends_on=date(year, 12, 31),
        acts=[Act.TREAT, Act.DIRECT],
        written_act="قرار رقم 41.26 بتاريخ 2026-11-02",
        given_by=people["youssef"],
    )
