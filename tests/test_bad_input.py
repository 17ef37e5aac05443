"""Whatever is typed into whichever field: nobody sees a failure, and what is wrong is said in a sentence."""

from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from core.dates import today
from core.evidence.operations import ask_annulment
from core.registers.enums import AnnulReason
from eservices.correspondence import operations
from tests.eservices.deposit.conftest import Depositor
from tests.factories.letters import act_type_for, deposited, party
from tests.factories.registers import entry_of

pytestmark = pytest.mark.django_db

HOSTILE = {
    "nothing": "",
    "spaces": " \t\r\n ",
    "too long": "م" * 70_000,
    "a null": "a\x00b",
    "control": "\x07\x1b[31m\x85\u2028",
    "override": "\u202e\u2066محمد\u200b\u200f",
    "only invisible": "\u202e\u200b\u2069",
    "beyond the plane": "\U0001f600" * 40,
    "not in a list": "king",
    "a huge number": "9" * 400,
    "a negative number": "-1",
    "eastern digits": "١٢٣٤٥٦٧٨٩٠",
    "no day": "2026-02-30",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "markup": "<script>alert(1)</script>{{ 1 }}{% x %}",
    "a formula": "=1+1",
    "a query": "'; DROP TABLE x; --%_\\",
    "not an address": "fatima@",
    "a path": "../../etc/passwd",
}


WORST = {"nothing", "too long", "a null", "override", "a huge number", "no day", "the last day"}
OF_A_CHOICE = {"nothing", "a null", "not in a list", "a huge number", "eastern digits"}
FRAME = ("/appearance/", "/account/logout/", "/account/language/")  # the forms around every page


class Forms(HTMLParser):
    """The forms of a page: (method, address, {name: value}); `choices` are the names whose values are offered."""

    def __init__(self, page):
        super().__init__()
        self.found, self.choices, self._select = [], set(), ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        if tag == "form":
            self.found.append((has.get("method", "get").lower(), has.get("action", ""), {}))
        if not self.found:
            return
        fields, name = self.found[-1][2], has.get("name", "")
        if tag == "select":
            self._select = name
            self.choices.add(name)
            fields[name] = ""
        elif tag == "option" and "selected" in has:
            fields[self._select] = has.get("value", "")
        elif tag in ("input", "textarea") and name and has.get("type") not in ("file", "submit"):
            if has.get("type") in ("radio", "checkbox", "hidden"):
                self.choices.add(name)
            if has.get("type") not in ("radio", "checkbox") or "checked" in has:
                fields[name] = has.get("value") or ""
            else:
                fields.setdefault(name, "")


def try_everything(client, path, kinds=HOSTILE):
    """Hostile values in every field of every form of the page; what was answered that should not be."""
    page = client.get(path)
    assert page.status_code == 200, path
    forms, wrong = Forms(page.content.decode()), []
    for method, action, fields in forms.found:
        if action.endswith(FRAME):
            continue
        for name in fields.keys() - {"csrfmiddlewaretoken"}:
            for kind in OF_A_CHOICE if name in forms.choices else kinds:
                value = HOSTILE[kind]
                cache.clear()  # the limits on tries are another test
                with transaction.atomic():  # each try begins where the last one did
                    answer = getattr(client, method)(action or path, {**fields, name: value})
                    wrong += [f"{path} {action} {name} {kind}: {fault}" for fault in faults(answer)]
                    transaction.set_rollback(True)
    return wrong


def faults(answer):
    if answer.status_code >= 500:
        yield answer.status_code
    if answer.status_code != 200 or not answer.context:
        return
    for form in filter(None, [answer.context.get("form"), *(act["form"] for act in answer.context.get("acts") or [])]):
        if getattr(form, "is_bound", False):
            for sentence in (str(text) for texts in form.errors.values() for text in texts):
                if not sentence.endswith((".", "؟", "?")):
                    yield f"{sentence!r} is no sentence"


@pytest.fixture
def letter(organisation, registry, unit):
    return deposited(organisation, act_type=act_type_for(organisation, unit=unit)).item


def test_depositor_may_type_anything(organisation, registry, settings):
    settings.DEPOSITS_PER_HOUR = 0
    depositor = Depositor().fill(organisation)
    wrong = []
    for step in ("addressee", "sender", "subject", "documents", "email", "check", "later", "resume"):
        wrong += try_everything(depositor.client, depositor.url(step))

    assert wrong == []


def test_follower_may_type_anything(client, organisation, registry, unit, amina, youssef):
    done = deposited(organisation)
    operations.assign(done.item, to_unit=unit, by=amina)
    operations.take(done.item, by=youssef)
    operations.request_pieces(done.item, by=youssef, text="نسخة")
    number = done.item.correspondence.number
    wrong = try_everything(client, reverse("correspondence:track"))
    client.post(reverse("correspondence:track"), {"number": number, "code": done.tracking_code})
    for name in ("story", "withdraw"):
        wrong += try_everything(client, reverse(f"correspondence:{name}", args=[number]))
    wrong += try_everything(client, reverse("evidence:check"))

    assert wrong == []


def test_clerk_may_type_anything(client, letter, organisation, amina, hamza):
    client.force_login(amina)
    called = deposited(organisation, sender=party(email="")).item
    operations.no_action(called, by=amina, reason="spam")
    asked = entry_of(organisation)
    ask_annulment(asked, by=hamza, reason=AnnulReason.WRONG_REGISTER)
    number = letter.correspondence.number
    paths = [
        reverse("correspondence:desk"),
        reverse("correspondence:calls"),
        reverse("correspondence:register_paper", args=["MSP"]),
        reverse("correspondence:item", args=[number]),
        reverse("registers:book", args=["MSP", today().year, "incoming"]),
        reverse("registers:annul", args=[number]),
        reverse("registers:rectify", args=[number]),
        reverse("registers:decide", args=[asked.number_text]),
        reverse("notifications:list"),
        reverse("users:profile"),
        reverse("organisations_own:posts"),
    ]

    assert [fault for path in paths for fault in try_everything(client, path, WORST)] == []


def test_head_may_type_anything(client, letter, unit, amina, youssef):
    operations.assign(letter, to_unit=unit, by=amina)
    client.force_login(youssef)
    path = reverse("correspondence:item", args=[letter.correspondence.number])
    wrong = try_everything(client, path, WORST)
    operations.take(letter, by=youssef)
    wrong += try_everything(client, path, WORST)

    assert wrong == []


@pytest.mark.parametrize("kind", [kind for kind, name in HOSTILE.items() if name])
def test_file_may_be_called_anything(organisation, registry, kind):
    """What a browser sends as the name of a file is somebody's choice, too."""
    depositor = Depositor()
    depositor.addressee(organisation)
    upload = SimpleUploadedFile("x.pdf", b"%PDF-1.4 no", content_type="application/pdf")
    upload._name = HOSTILE[kind][:200]  # Django answers 400 to a longer heading

    answer = depositor.post("documents", {"intent": "upload", "file": upload})

    assert answer.status_code == 303
    assert depositor.get("documents").status_code == 200


def test_address_may_hold_anything(client, letter, amina):
    client.force_login(amina)
    number, year = letter.correspondence.number, today().year
    asked = {
        reverse("correspondence:desk"): ["page", "q", "state", "due", "since", "until", "sort"],
        reverse("correspondence:export_csv"): ["q", "since"],
        reverse("correspondence:item", args=[number]): ["file"],
        reverse("correspondence:senders", args=["MSP"]): ["q"],
        reverse("correspondence:calls"): ["page"],
        reverse("correspondence:track"): ["number"],
        reverse("registers:book", args=["MSP", year, "incoming"]): ["page", "q", "state", "since", "until", "as_of"],
        reverse("registers:export_xlsx", args=["MSP", year, "incoming"]): ["as_of"],
        reverse("notifications:list"): ["page"],
        reverse("evidence:check"): ["token"],
        reverse("deposit:addressee"): ["organisation", "q"],
    }
    wrong = [
        f"{path}?{name}= {kind}: {answer.status_code}"
        for path, names in asked.items()
        for name in names
        for kind in WORST
        if (answer := client.get(path, {name: HOSTILE[kind][:3000]})).status_code >= 400
    ]

    assert wrong == []
