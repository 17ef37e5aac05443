"""What people write to the demonstration's offices in a year, and what becomes of it."""

import io
import random
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from core.files.operations import receive
from eservices.correspondence.enums import PartyKind

GIVEN = ["فاطمة", "محمد", "خديجة", "عبد الرحيم", "سناء", "إدريس", "مريم", "ياسين", "حنان", "سعيد", "لطيفة", "رشيد"]
FAMILY = ["العلوي", "بنعمر", "الراشيدي", "أوحمو", "بوزيان", "التازي", "المرابط", "الصقلي", "آيت علي", "الودغيري"]
GIVEN_FR = ["Fatima", "Mohamed", "Khadija", "Abderrahim", "Sanae", "Driss", "Meryem", "Yassine", "Hanane", "Rachid"]
FAMILY_FR = ["El Alaoui", "Benomar", "Rachidi", "Ouhammou", "Bouziane", "Tazi", "El Mrabet", "Sqalli", "Aït Ali"]
COMPANIES = ["شركة الأطلس للنجارة", "شركة سهول الشاوية للتغليف", "مكتب الدراسات الأفق", "شركة النور للطباعة"]
COMPANIES_FR = ["Atlas Menuiserie SARL", "Plaines Emballage SA", "Bureau d'études Horizon", "Imprimerie Ennour SARL"]
ASSOCIATIONS = ["جمعية آفاق للتنمية", "جمعية أصدقاء المدرسة", "تعاونية أركان الجنوب"]
BODIES = ["جماعة واد الزيتون", "الوكالة الوطنية للتكوين", "عمالة إقليم الواحة", "المجلس الجهوي للاستثمار"]
ICES = ["001525713000042", "002034551000087", "001871204000063"]

# act type, Arabic subject, French subject, Arabic text, French text
SUBJECTS = [
    (
        "licence",
        "طلب رخصة استغلال ورشة للنجارة بالحي الصناعي",
        "Demande d'autorisation d'exploiter un atelier de menuiserie",
        "يشرفني أن ألتمس منكم الترخيص لي باستغلال محل مهني، وأرفق طلبي بالوثائق المطلوبة.",
        "J'ai l'honneur de solliciter l'autorisation d'exploiter un local professionnel. Les pièces sont jointes.",
    ),
    (
        "licence",
        "طلب تجديد رخصة استغلال مقهى",
        "Renouvellement de l'autorisation d'un café",
        "ألتمس تجديد الرخصة المسلمة لي، مع العلم أن نشاط المحل لم يتغير.",
        "Je sollicite le renouvellement de mon autorisation; l'activité du local est inchangée.",
    ),
    (
        "investment",
        "طلب ترخيص لوحدة لتثمين المنتجات المحلية",
        "Projet d'unité de valorisation de produits locaux",
        "نتقدم إليكم بملف مشروع استثماري يروم إحداث عشرين منصب شغل.",
        "Nous soumettons un projet d'investissement prévoyant vingt emplois.",
    ),
    (
        "information",
        "طلب الحصول على معلومات حول برنامج التكوين المستمر",
        "Demande d'information sur la formation continue",
        "أطلب موافاتي بلائحة الدورات المبرمجة وشروط المشاركة فيها.",
        "Je souhaite connaître les sessions programmées et leurs conditions.",
    ),
    (
        "appeal",
        "تظلم من قرار رفض الترشيح",
        "Recours contre une décision de rejet de candidature",
        "أتظلم من القرار المبلغ إلي، للأسباب المبينة في المذكرة المرفقة.",
        "Je forme un recours contre la décision notifiée, pour les motifs exposés dans la note jointe.",
    ),
    (
        "hr",
        "طلب شهادة العمل وبيان الخدمات",
        "Demande d'attestation de travail et d'état des services",
        "أرجو تمكيني من الوثيقتين المذكورتين قصد الإدلاء بهما.",
        "Je sollicite ces deux documents pour servir et valoir.",
    ),
    (
        "letter",
        "دعوة إلى اجتماع لجنة تتبع المشاريع",
        "Invitation à la réunion du comité de suivi",
        "يسعدنا دعوتكم إلى حضور الاجتماع المقرر بمقر الجماعة.",
        "Nous avons le plaisir de vous convier à cette réunion.",
    ),
    (
        "letter",
        "إرسالية حول حاجيات المصالح من المعدات المعلوماتية",
        "État des besoins en matériel informatique",
        "نحيل عليكم جدول الحاجيات المعبر عنها برسم السنة المقبلة.",
        "Veuillez trouver l'état des besoins de l'année prochaine.",
    ),
    (
        "letter",
        "طلب توضيح بخصوص آجال معالجة الطلبات",
        "Demande de précision sur les délais de traitement",
        "نلتمس توضيحا حول كيفية احتساب الآجال عند طلب وثائق ناقصة.",
        "Nous demandons comment courent les délais.",
    ),
    (
        "licence",
        "طلب ترخيص باستغلال كشك",
        "Demande d'autorisation d'exploiter un kiosque",
        "ألتمس الترخيص لي باستغلال كشك لبيع الجرائد قرب المحطة.",
        "Je sollicite l'exploitation d'un kiosque à journaux.",
    ),
]
COMMUNE_SUBJECTS = [
    (
        "building",
        "طلب رخصة إصلاح واجهة منزل",
        "Demande de permis de réparer une façade",
        "ألتمس الترخيص بإصلاح واجهة المنزل دون تغيير في التصميم.",
        "Je demande à réparer la façade sans modifier le plan.",
    ),
    (
        "status",
        "طلب تصحيح اسم في رسم الولادة",
        "Rectification d'un prénom dans un acte de naissance",
        "وقع خطأ في كتابة الاسم بالحروف اللاتينية.",
        "Le prénom est mal transcrit en caractères latins.",
    ),
    (
        "letter",
        "طلب إصلاح الإنارة العمومية بحي السلام",
        "Éclairage public au quartier Essalam",
        "ألتمس تدخلكم لإصلاح ثلاثة أعمدة معطلة.",
        "Trois lampadaires sont en panne.",
    ),
]


@dataclass(frozen=True)
class Written:
    """One letter before it arrives: who wrote it, in which language, about what."""

    kind: str
    name: str
    language: str
    act_type: str
    subject: str
    text: str
    phone: str
    email: str
    ice: str


def write(chance: random.Random, subjects) -> Written:
    """A letter by chance, a third of them in French; the same seed writes the same year."""
    language = "fr" if chance.random() < 0.33 else "ar"
    code, ar, fr, text_ar, text_fr = chance.choice(subjects)
    kind = chance.choices(PartyKind.values, weights=[60, 20, 10, 10])[0]
    name = _name(chance, kind, language)
    by_mail = chance.random() < 0.6
    return Written(
        kind=kind,
        name=name,
        language=language,
        act_type=code,
        subject=fr if language == "fr" else ar,
        text=text_fr if language == "fr" else text_ar,
        phone="" if by_mail else f"+2126{chance.randrange(10**8):08d}",
        email=f"deposant{chance.randrange(900) + 100}@courrier.example" if by_mail else "",
        ice=chance.choice(ICES) if kind == PartyKind.COMPANY else "",
    )


def _name(chance, kind, language):
    if kind == PartyKind.COMPANY:
        return chance.choice(COMPANIES_FR if language == "fr" else COMPANIES)
    if kind == PartyKind.ASSOCIATION:
        return chance.choice(ASSOCIATIONS)
    if kind == PartyKind.ADMINISTRATION:
        return chance.choice(BODIES)
    given, family = (GIVEN_FR, FAMILY_FR) if language == "fr" else (GIVEN, FAMILY)
    return f"{chance.choice(given)} {chance.choice(family)}"


class Papers:
    """The PDF letters of the demonstration: each text is set once and then handed in by many."""

    def __init__(self):
        self._set = {}
        self._fonts = FontConfiguration()  # unpacked once, not once for each letter
        self._style = CSS(filename=finders.find("demo-letter.css"), font_config=self._fonts)

    def hand_in(self, organisation, *, subject, text, language, name, signed=""):
        """The stored PDF of a letter."""
        paper = self.paper(subject=subject, text=text, language=language, signed=signed)
        return receive(io.BytesIO(paper), name=name, declared_type="application/pdf", organisation=organisation)

    def paper(self, *, subject, text, language, signed="", template="demo/letter.html") -> bytes:
        """The PDF of a text, set once."""
        key = (subject, text, language, signed, template)
        if key not in self._set:
            self._set[key] = self._typeset(*key)
        return self._set[key]

    def _typeset(self, subject, text, language, signed, template):
        context = {"subject": subject, "text": text, "language": language, "signed": signed}
        html = render_to_string(template, context)
        return HTML(string=html).write_pdf(stylesheets=[self._style], font_config=self._fonts)


def later(chance: random.Random, low: int, high: int) -> timedelta:
    """So many days later, and some hours of an office day."""
    return timedelta(days=chance.randint(low, high), minutes=chance.randint(5, 300))
