"""Who may open what. Every route of ours is declared here; what one may not know answers as if it did not exist.

Each route of an object is tried by a stranger, another citizen, an agent of another organisation, a colleague without
the post, a delegate of yesterday and a closed account; and no page that is open to them speaks of it.
"""

import io
import re
from datetime import date
from urllib.parse import quote

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.audit.models import AuditEntry
from core.dates import today
from core.evidence.models import Event
from core.evidence.operations import ask_annulment
from core.evidence.receipts import receipt_for
from core.files import links
from core.files.models import StoredFile
from core.notifications.models import Notification
from core.organisations.enums import Role
from core.organisations.models import Delegation, Holiday, OpeningHours
from core.organisations.operations import sync_groups
from core.organisations.permissions import posts_of
from core.registers.enums import AnnulReason
from core.registers.models import Entry
from eservices.correspondence import enums, operations
from eservices.correspondence.models import CallTask, RequiredPiece, WorkItem
from home.circulars.enums import Acknowledging, Audience
from home.circulars.models import Acknowledgement, DoneAction
from home.circulars.operations import attest
from search.operations_saved import save_search
from tests.core.files.makers import docx
from tests.eservices.deposit.conftest import Depositor
from tests.factories.circulars import published
from tests.factories.letters import act_type_for, pdf_bytes
from tests.factories.organisations import DelegationFactory, UnitFactory, post_for
from tests.factories.registers import entry_of
from tests.factories.users import UserFactory
from tests.test_house import FLOORS, FOREIGN, routes

pytestmark = pytest.mark.django_db
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# The same for everybody, or about what the browser itself holds.
PUBLIC = {
    "root", "healthz", "readyz", "wagtail_serve", "home:theme", "notifications:mailbox",
    "evidence:check", "evidence:program", "circulars:list",
    "circulars:feed", "circulars:feed_changes", "circulars:feed_authority", "circulars:feed_theme",
    "circulars:feed_addressee", "circulars:data",
    "deposit:start", "deposit:new", "deposit:forget", "deposit:addressee", "deposit:sender", "deposit:subject",
    "deposit:documents", "deposit:email", "deposit:check", "deposit:later", "deposit:resume",
    "correspondence:track", "users:", "users:set_language", "search:results", "search:suggest",
}  # fmt: skip
# The address itself is the secret, given to whom it concerns.
SECRET = {  # what GET and POST answer where it is none: a resume link shows its button whatever it is
    "evidence:verify": (404, 405),
    "evidence:receipt_pdf": (404, 405),
    "correspondence:track_link": (404, 404),
    "deposit:resume_link": (200, 303),
}
# About the person who is signed in; lists show what that person may see.
SIGNED_IN = {
    "home:staff", "notifications:list", "notifications:read_all", "notifications:mail_choice",
    "registers:list", "correspondence:desk", "correspondence:export_csv", "correspondence:export_xlsx",
    "correspondence:bulk_assign", "correspondence:calls", "users:profile", "organisations_own:posts",
    "organisations_own:revoke", "circulars:todo", "circulars:todo_calendar",
    "circulars:following", "circulars:follow", "circulars:unfollow", "circulars:pace",
    "search:saved", "search:save", "search:rename", "search:pace", "search:remove", "search:restore",
}  # fmt: skip
# For administrators: the rows of their organisations. Of each list, the pages about one row.
ADMINISTERED = {
    "organisations": ("edit", "history", "history_results", "close", "reopen"),
    "units": ("edit", "history", "history_results", "close", "reopen"),
    "posts": ("edit", "history", "history_results", "close", "reopen"),
    "tenures": ("edit", "history", "history_results", "end"),
    "delegations": ("inspect", "history", "history_results", "revoke"),
    "calendars": ("edit", "history", "history_results", "public-holidays", "revise"),
    "holidays": ("edit", "history", "history_results"),
    "opening-hours": ("edit", "history", "history_results"),
    "act-types": ("edit", "history", "history_results", "close", "reopen"),
    "required-pieces": ("edit", "history", "history_results", "close", "reopen"),
    "wagtailusers_users": (
        "edit", "history", "history_results", "invite", "reset-second-factor", "close", "reopen",
    ),
}  # fmt: skip
OF_ADMINISTRATORS = {f"{name}:{page}" for name in ADMINISTERED for page in ("index", "index_results", "add")}
# The machinery of the whole installation, for administrators of any organisation.
OF_THE_INSTALLATION = {
    f"{name}:{page}"
    for name in ("message", "job", "worker", "file_texts")
    for page in ("index", "index_results", "inspect")
} | {"search_tuning"}
# Acts on rows of it, which take a key and a form (tests/search/test_tuning.py tries them).
ACTS_ON_THE_INSTALLATION = {"search_tuning_restore"}
# For editors and publishers of circulars: those of their own administration (tests/home/circulars: test_review,
# test_editor, test_proposals, test_texts and test_import_admin try the others' objects).
OF_EDITORS = {
    "circular_imports:index", "circular_imports:show", "circular_imports:archive", "circular_imports:check",
    "circular_imports:start", "circular_imports:report_csv", "circular_imports:report_xlsx", "circular_imports:texts",
    "circular_imports:text", "circular_imports:take_text", "circular_imports:picture",
    "wagtailsnippets_circulars_circular:add", "wagtailsnippets_circulars_circular:edit",
    "wagtailsnippets_circulars_circular:review", "wagtailsnippets_circulars_circular:withdraw",
    "wagtailsnippets_circulars_circular:citations", "wagtailsnippetchoosers_circulars_circular:choose",
    "wagtailsnippetchoosers_circulars_circular:choose_results",
    "wagtailsnippetchoosers_circulars_circular:chosen", "wagtailsnippetchoosers_circulars_circular:chosen_multiple",
    "wagtailsnippetchoosers_circulars_externalact:choose",
    "wagtailsnippetchoosers_circulars_externalact:choose_results",
}  # fmt: skip
# An object: of which kind, and a person it is there for.
OBJECTS = {
    "correspondence:item": ("letter", "amina"),
    "correspondence:registered": ("letter", "amina"),
    "correspondence:code": ("letter", "amina"),
    "correspondence:act": ("act", "youssef"),
    "correspondence:register_paper": ("registry", "amina"),
    "correspondence:senders": ("registry", "amina"),
    "correspondence:story": ("letter", "citizen"),
    "correspondence:supply": ("letter", "citizen"),
    "correspondence:withdraw": ("letter", "citizen"),
    "correspondence:answer": ("reply", "citizen"),
    "deposit:done": ("letter", "citizen"),
    "deposit:pdf": ("letter", "citizen"),
    "files:serve": ("file", "youssef"),
    "files:preview": ("page", "youssef"),
    "files:text": ("text", "youssef"),
    "notifications:follow": ("notice", "youssef"),
    "search:open": ("saved search", "youssef"),
    "evidence:label": ("letter", "amina"),
    "registers:entry": ("letter", "amina"),
    "registers:annul": ("letter", "amina"),
    "registers:decide": ("asked", "amina"),
    "registers:rectify": ("letter", "amina"),
    "registers:book": ("register", "amina"),
    "registers:print": ("register", "amina"),
    "registers:export_csv": ("register", "amina"),
    "registers:export_xlsx": ("register", "amina"),
    "circulars:page": ("circular", "youssef"),
    "circulars:text": ("circular text", "youssef"),
    "circulars:version": ("circular version", "youssef"),
    "circulars:version_text": ("circular version text", "youssef"),
    "circulars:linked_data": ("circular", "youssef"),
    "circulars:compare": ("circular", "youssef"),
    "circulars:on_day": ("circular text", "youssef"),
    "circulars:offline": ("circular text", "youssef"),
    "circulars:beside": ("circular pair", "youssef"),
    "circulars:calendar": ("circular text", "youssef"),
    "circulars:calendar_of_action": ("circular deadline", "youssef"),
    "circulars:do": ("circular action", "youssef"),
    "circulars:undo": ("circular action", "youssef"),
    "circulars:comparison": ("circular comparison", "youssef"),
    "circulars:acknowledge": ("circular", "youssef"),
    "circulars:akoma_ntoso_best": ("circular", "youssef"),
    "circulars:akoma_ntoso": ("circular text", "youssef"),
    "circulars:version_akoma_ntoso": ("circular version text", "youssef"),
    "circulars:file": ("circular file", "youssef"),
    "circulars:pdf": ("circular text", "youssef"),
    "circulars:version_pdf": ("circular version text", "youssef"),
    "circulars:draft_file": ("editor's file", "editor"),
    "circulars:reach": ("circular", "editor"),
    "circulars:reach_table": ("reach as a table", "editor"),
    "circulars:remind": ("circular", "editor"),
    "circulars:prove_reach": ("circular", "editor"),
    "circulars:reach_proof": ("proof of reach", "editor"),
    "circulars:page_html": ("circular", "youssef"),
    "circulars:text_html": ("circular text", "youssef"),
    "circulars:version_html": ("circular version", "youssef"),
    "circulars:version_text_html": ("circular version text", "youssef"),
    "circulars:best_pdf": ("circular", "youssef"),
    "circulars:best_version_pdf": ("circular version", "youssef"),
} | {f"{name}:{page}": (name, "nadia") for name, pages in ADMINISTERED.items() for page in pages}
OPEN_TO_STRANGERS = {
    "circulars:akoma_ntoso_best", "circulars:akoma_ntoso", "circulars:version_akoma_ntoso",
    "correspondence:story", "correspondence:supply", "correspondence:withdraw", "correspondence:answer",
    "deposit:done", "deposit:pdf", "files:serve", "files:preview", "files:text",
    "circulars:page", "circulars:text", "circulars:version", "circulars:version_text", "circulars:linked_data",
    "circulars:compare", "circulars:comparison", "circulars:calendar", "circulars:calendar_of_action",
    "circulars:file", "circulars:pdf", "circulars:version_pdf",
    "circulars:on_day", "circulars:beside", "circulars:offline",
    "circulars:page_html", "circulars:text_html", "circulars:version_html", "circulars:version_text_html",
    "circulars:best_pdf", "circulars:best_version_pdf",
}  # fmt: skip
ONLY_GET = {
    "search:open",
    "circulars:akoma_ntoso_best", "circulars:akoma_ntoso", "circulars:version_akoma_ntoso",
    "correspondence:item", "correspondence:registered", "correspondence:senders", "correspondence:story",
    "correspondence:answer", "deposit:done", "deposit:pdf", "files:serve", "files:preview", "files:text",
    "notifications:follow", "evidence:label", "registers:entry", "registers:book", "registers:print",
    "registers:export_csv", "registers:export_xlsx",
    "circulars:page", "circulars:text", "circulars:version", "circulars:version_text", "circulars:linked_data",
    "circulars:compare", "circulars:comparison", "circulars:calendar", "circulars:calendar_of_action",
    "circulars:file", "circulars:pdf", "circulars:version_pdf", "circulars:draft_file",
    "circulars:on_day", "circulars:beside", "circulars:offline",
    "circulars:reach", "circulars:reach_table", "circulars:reach_proof",
    "circulars:page_html", "circulars:text_html", "circulars:version_html", "circulars:version_text_html",
    "circulars:best_pdf", "circulars:best_version_pdf",
}  # fmt: skip
ONLY_POST = {
    "correspondence:supply",
    "circulars:acknowledge",
    "circulars:do",
    "circulars:undo",
    "circulars:remind",
    "circulars:prove_reach",
}

SIGNED_OUT = ["stranger", "other citizen", "disabled account"]
PEOPLE = [*SIGNED_OUT, "agent of another organisation", "same organisation without the post", "expired delegate"]


class World:
    """A letter that waits for documents from its sender, a line that may be annulled, and the office around them."""

    def __init__(self, organisation, unit, amina, hamza, youssef, said, editor):
        self.citizen = Depositor()
        self.staff = [amina, hamza, youssef, said]
        item = deposit(self.citizen, organisation, subject="موضوع لا يعلمه غيرنا")
        self.number = number = item.correspondence.number
        self.receipt = receipt_for(item.correspondence.entry)
        operations.assign(item, to_unit=unit, by=amina)
        operations.take(item, by=youssef)
        operations.request_pieces(item, by=youssef, text="نسخة من التصميم")
        asked = entry_of(organisation)
        ask_annulment(asked, by=hamza, reason=AnnulReason.WRONG_REGISTER)
        delegation = DelegationFactory(post=posts_of(youssef).get(), user=said)
        calendar = organisation.calendars.get()
        holiday = Holiday.objects.create(calendar=calendar, day=date(2026, 11, 18), name_ar="عيد", name_fr="Fête")
        piece = RequiredPiece.objects.create(act_type=act_type_for(organisation), name_ar="عقد", name_fr="Contrat")
        letter, office = (one.file for one in item.correspondence.attachments.order_by("order"))
        signed, scope = links.sign(letter, youssef), f"track:{number}"
        circular = published(
            organisation,
            audience=Audience.ADDRESSEES,
            acknowledging=Acknowledging.ASKED,
            addressees=[{"post": posts_of(youssef).get()}],
            actions=[{"text_ar": "عين مسؤولا", "due_on": date(2026, 11, 30)}],
            files=[pdf_bytes("annex")],
        )
        self.delegation = delegation
        self.kinds = {
            "letter": [[number]],
            "act": [[number, event] for event in (*enums.Event.values, *enums.OutgoingEvent.values)],
            "registry": [[organisation.code]],
            "reply": [[number, item.pieces_request.letter.number]],
            "file": [[signed], [links.sign(letter, scope=scope)]],
            "page": [[signed, 1], [links.sign(letter, scope=scope), 1]],
            "text": [[links.sign(office, youssef)], [links.sign(office, scope=scope)]],
            "saved search": [[save_search(by=youssef, name="شأننا", query="q=x", known=[]).pk]],
            "notice": [[Notification.objects.filter(recipient=youssef).first().pk]],
            "asked": [[asked.number_text]],
            "register": [[organisation.code, today().year, "incoming"]],
            "circular": [[*circular.eli]],
            "circular file": [[*circular.eli, circular.current.address, 1]],
            "editor's file": [[circular.files.get().file.public_id]],
            "circular text": [[*circular.eli, "ara"]],
            "reach as a table": [[*circular.eli, kind] for kind in ("csv", "xlsx")],
            "proof of reach": [[*circular.eli, attest(circular, circular.current, by=editor).number]],
            "circular version": [[*circular.eli, circular.current.address]],
            "circular pair": [[*circular.eli, "ara", "fra"]],
            "circular deadline": [[*circular.eli, "ara", 1]],
            "circular action": [[*circular.eli, 1]],
            "circular comparison": [[*circular.eli, circular.current.address, circular.current.address, "ara"]],
            "circular version text": [[*circular.eli, circular.current.address, "ara"]],
            "organisations": [[organisation.pk]],
            "units": [[unit.pk]],
            "posts": [[posts_of(youssef).get().pk]],
            "tenures": [[youssef.tenures.get().pk]],
            "delegations": [[delegation.pk]],
            "calendars": [[calendar.pk]],
            "holidays": [[holiday.pk]],
            "opening-hours": [[OpeningHours.objects.filter(calendar=calendar).first().pk]],
            "act-types": [[piece.act_type.pk]],
            "required-pieces": [[piece.pk]],
            "wagtailusers_users": [[youssef.pk]],
        }

    def addresses(self, name):
        return [reverse(name, args=args) for args in self.kinds[OBJECTS[name][0]]]

    def state(self):
        """What the acts of these routes would change."""
        return {
            "events": Event.objects.count(),
            "entries": Entry.objects.count(),
            "audit": AuditEntry.objects.count(),
            "files": StoredFile.objects.count(),
            "letters": list(WorkItem.objects.values_list("pk", "state", "owner_unit", "withdrawal_asked_at")),
            "notices": list(Notification.objects.filter(recipient__in=self.staff).values_list("pk", "read_at")),
            "acknowledgements": list(Acknowledgement.objects.values_list("pk", "opened_at", "acknowledged_at")),
            "done actions": DoneAction.objects.count(),
            "calls": list(CallTask.objects.values_list("pk", "done_at")),
            "delegations": list(Delegation.objects.values_list("pk", "ends_on", "revoked_at")),
        }


@pytest.fixture
def editor(organisation):
    user = UserFactory(username="editor")
    post_for(user, UnitFactory(organisation=organisation), Role.CIRCULAR_EDITOR)
    return user


@pytest.fixture
def world(organisation, unit, amina, hamza, youssef, said, people, editor):
    made = World(organisation, unit, amina, hamza, youssef, said, editor)
    sync_groups()
    return made


@pytest.fixture
def people(access_matrix, other_organisation, other_registry, amina, hamza, youssef, said, nadia, editor):
    """Those who must find nothing; the other citizen has a letter of their own, deposited elsewhere."""
    other = Depositor()
    other.client = access_matrix["other citizen"]
    deposit(other, other_organisation, subject="شأن آخر")
    return access_matrix


def deposit(citizen, organisation, *, subject):
    """A citizen deposits a letter with two files and follows it; the office must call them, there is no e-mail."""
    citizen.addressee(organisation)
    citizen.sender(email="", phone="0612345678")
    citizen.subject(subject=subject)
    citizen.upload(("lettre.pdf", pdf_bytes("a")), ("annexe.docx", docx(), DOCX))
    citizen.describe()
    done = citizen.client.get(citizen.deposit().url).context
    found = {"number": done["deposit"].number, "code": done["tracking_code"]}
    assert citizen.client.post(reverse("correspondence:track"), found).status_code == 302
    return done["deposit"].item


# --- every route is declared ----------------------------------------------------------------------------------------


def ours():
    """Names of the routes that lead to code of ours."""
    found = set()
    for address, name, view in routes():
        module = getattr(view, "view_class", view).__module__
        if module.split(".")[0] in FLOORS or not address.startswith(FOREIGN):
            found.add(name)
    return found


def test_every_route_is_declared_once():
    of_the_house = [OF_ADMINISTRATORS, OF_THE_INSTALLATION, ACTS_ON_THE_INSTALLATION, OF_EDITORS]
    declared = [PUBLIC, set(SECRET), SIGNED_IN, *of_the_house, set(OBJECTS)]

    assert set().union(*declared) == ours()
    assert sum(map(len, declared)) == len(ours())


@pytest.mark.parametrize("person", ["karim", "youssef", "amina"])
@pytest.mark.parametrize("name", ["circular_imports:index", "wagtailsnippets_circulars_circular:add"])
def test_rooms_of_editors_are_not_there_for_others(client_of, request, person, name):
    assert client_of(request.getfixturevalue(person)).get(reverse(name)).status_code == 404


# --- objects --------------------------------------------------------------------------------------------------------


def sign_in_address(path):
    language = path.split("/")[1] if path[1:3] in ("ar", "fr", "en") and path[3] == "/" else "ar"
    return f"/{language}/account/login/?next={quote(path)}"


def expected(person, name, method, path, number):
    """(status, where to) of an object one may not know."""
    if person in SIGNED_OUT and name not in OPEN_TO_STRANGERS:
        return 302, sign_in_address(path)
    if method == "post" if name in ONLY_GET else method == "get" and name in ONLY_POST:
        return 405, None
    if name == "correspondence:story":  # how to prove that it is yours, whoever you are
        return 302, f"{reverse('correspondence:track')}?number={number}"
    return 404, None


@pytest.mark.parametrize("person", PEOPLE)
def test_object_does_not_exist_for_those_it_is_not_for(world, people, person):
    client, before, wrong = people[person], world.state(), {}
    for name in OBJECTS:
        for path in world.addresses(name):
            for method in ("get", "post"):
                answer = getattr(client, method)(path)
                said = answer.status_code, answer.headers.get("Location")
                wanted = expected(person, name, method, path, world.number)
                if said != wanted:
                    wrong[f"{method} {name} {path}"] = f"{said} instead of {wanted}"

    assert wrong == {}
    assert world.state() == before


def test_objects_exist_for_those_they_are_for(world, client_of, amina, youssef, nadia, editor):
    """Otherwise the refusals above would prove nothing."""
    clients = {"citizen": world.citizen.client} | {
        name: client_of(user)
        for name, user in [("amina", amina), ("youssef", youssef), ("nadia", nadia), ("editor", editor)]
    }
    missing = {}
    for name, (_kind, owner) in OBJECTS.items():
        path = world.addresses(name)[0]
        client = clients[owner]
        answer = client.post(path) if name in ONLY_POST else client.get(path)
        _content(answer)
        if answer.status_code not in (200, 202, 302, 303, 409) or "/login/" in answer.headers.get("Location", ""):
            missing[name] = answer.status_code

    assert missing == {}
    assert world.number in clients["amina"].get(reverse("correspondence:desk")).content.decode()


@pytest.mark.parametrize("person", PEOPLE)
def test_secret_address_that_is_none_leads_nowhere(world, people, person):
    """Neither the number nor another secret of the same letter opens what a secret opens."""
    client, wrong = people[person], {}
    cookies = str(client.cookies)
    for name, expected_statuses in SECRET.items():
        for secret in ["0" * 26, world.number, *([] if name == "evidence:verify" else [world.receipt.token])]:
            path = reverse(name, args=[secret])
            statuses = client.get(path).status_code, client.post(path).status_code
            if statuses != expected_statuses:
                wrong[path] = statuses

    assert wrong == {}
    assert str(client.cookies) == cookies


@pytest.mark.parametrize("person", PEOPLE)
def test_administration_is_there_for_administrators_only(people, person):
    sync_groups()
    client, wrong = people[person], {}
    names = [name for name in OF_ADMINISTRATORS | OF_THE_INSTALLATION if not name.endswith(":inspect")]
    for path in ["/cms/", *map(reverse, names)]:
        answer = client.get(path)
        if person in SIGNED_OUT:
            wanted = 302, sign_in_address(path)
        else:
            wanted = 200 if person == "agent of another organisation" else 404, None
        if (answer.status_code, answer.headers.get("Location")) != wanted:
            wrong[path] = answer.status_code

    assert wrong == {}


# --- lists ----------------------------------------------------------------------------------------------------------


ARGUMENTS = {
    "wagtail_serve": [""],
    "circulars:feed": ["ar"],
    "circulars:feed_changes": ["ar"],
    "circulars:feed_authority": ["msp", "ar"],
    "circulars:feed_addressee": ["msp", "ar"],
    "circulars:feed_theme": ["none", "ar"],
    "circulars:data": ["json"],
}


def pages(client):
    """What every page without an object says to this browser."""
    said = {}
    for name in sorted(PUBLIC | SIGNED_IN | OF_ADMINISTRATORS):
        if name == "users:":
            continue
        answer = client.get(reverse(name, args=ARGUMENTS.get(name)))
        said[name] = answer.status_code, answer.headers.get("Location"), _content(answer)
    return said


def _content(answer):
    if "spreadsheet" in answer.headers.get("Content-Type", ""):
        return list(load_workbook(io.BytesIO(answer.content)).active.values)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return re.sub(rb"\b(?:[A-Za-z0-9]{64}|[0-9a-f]{12})\b", b"", content)  # CSRF tokens, and the number of the request


@pytest.mark.parametrize("person", PEOPLE)
def test_pages_say_the_same_as_if_it_did_not_exist(request, people, settings, person):
    """Lists, counts, exports, suggestions: not a byte differs."""
    settings.DEMO = False  # else everybody sees the mails of the demonstration
    sync_groups()
    before = pages(people[person])
    request.getfixturevalue("world")

    after = pages(people[person])

    assert [name for name in before if before[name] != after[name]] == []


@pytest.mark.parametrize("person", PEOPLE)
def test_acts_on_lists_reach_nothing_of_others(world, people, unit, person):
    client, before = people[person], world.state()
    task = CallTask.objects.get()
    notice = Notification.objects.latest("pk")
    posts = {
        "correspondence:bulk_assign": {"n": [world.number], "to_unit": unit.pk, "instruction": "reply"},
        "correspondence:calls": {"task": task.pk},
        "notifications:read_all": {"up_to": notice.pk},
        "organisations_own:revoke": {"delegation": world.delegation.pk},
    }

    answers = {name: client.post(reverse(name), data).status_code for name, data in posts.items()}

    refused = {"correspondence:calls": 404, "organisations_own:revoke": 404}
    assert answers == dict.fromkeys(posts, 302) | (
        {} if person in SIGNED_OUT else {**refused, "notifications:read_all": 303}
    )
    assert world.state() == before
