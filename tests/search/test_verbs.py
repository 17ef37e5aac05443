"""Every verb of the lower floors tells search what it changes: walked one by one, so that none is forgotten."""

import inspect
from datetime import timedelta

import pytest

from core.dates import today
from core.evidence.operations import erase_body, rectify
from core.files.models import FilePage
from core.files.signals import file_read
from core.organisations import operations as organisations
from core.organisations.enums import Role
from core.organisations.models import Unit
from eservices.correspondence import operations as letters
from eservices.correspondence.enums import NoActionReason
from eservices.correspondence.models import WorkItem
from home.circulars import operations as circulars
from home.circulars.models import Addressee, Circular, Theme
from home.models import FrontPage, StandardPage
from search import operations
from search.models import Document
from tests.factories import circulars as acts
from tests.factories.letters import act_type_for, deposited, overdue, party, pdf_bytes, stored_pdf
from tests.factories.organisations import PostFactory, post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db

# Of letters: what is on its way to the sender, what was read or asked; nobody finds a letter by it, or otherwise.
SILENT_OF_LETTERS = {
    "ask_withdrawal",
    "extend",
    "finish_call",
    "open_delivery",
    "read_copy",
    "reissue_code",
    "use_link",
}


class Steps:
    """Does one step after the other; after each, once what was told is indexed, nothing may be found that was not."""

    def __init__(self, engine):
        self.engine, self.done = engine, set()

    def __call__(self, verb, *args, **kwargs):
        operations.reconcile(self.engine)
        before = dict(Document.objects.values_list("doc_id", "version"))
        result = verb(*args, **kwargs)
        operations.index(list(Document.objects.behind("shown_version").values_list("doc_id", flat=True)))
        assert not operations.compare(self.engine, thorough=True), verb
        self.done.add(verb.__name__)
        self.raised = {
            doc_id
            for doc_id, version in Document.objects.values_list("doc_id", "version")
            if version != before.get(doc_id)
        }
        return result


@pytest.fixture
def did(memory):
    return Steps(memory)


def verbs_of(package) -> set[str]:
    return {name for name, value in vars(package).items() if inspect.isfunction(value)}


def test_every_verb_of_letters(
    did, organisation, registry, unit, other_unit, amina, youssef, nadia, other_organisation, other_registry
):
    pdf = lambda: stored_pdf(organisation, str(WorkItem.objects.count()))  # noqa: E731
    kinds = [act_type_for(organisation, code=f"kind-{number}", extension_days=30) for number in range(2)]

    def new(**fields):
        return did(letters.register_incoming, letter(organisation, **fields)).item

    def taken(**fields):
        item = new(**fields)
        did(
            letters.assign, item, to_unit=unit, by=amina, confidentiality=1, copies=[other_unit], coordinator=other_unit
        )
        did(letters.take, item, by=youssef)
        return item

    asked = taken(act_type=kinds[0], attachments=[(pdf(), "")])
    request = did(letters.request_pieces, asked, by=youssef, text="نسخة من التصميم")
    did(letters.make_letter, request.letter)
    did(letters.receive_pieces, asked, files=[(pdf(), "")], message="تفضلوا")
    did(letters.dispatch_answer, asked, pdf=pdf(), subject="جواب", signed_by="يوسف", by=youssef, message="نص الجواب")
    did(letters.reopen, asked, by=youssef, note="وثيقة جديدة")
    did(letters.reassign, asked, to_unit=other_unit, by=youssef, instruction="reply")

    waited = taken(act_type=kinds[0])
    did(letters.request_pieces, waited, by=youssef, text="نسخة من التصميم")
    did(letters.expire_hold, waited)
    again = taken()
    did(letters.mark_duplicate, again, first=asked, by=youssef)
    did(letters.no_action, taken(), by=youssef, reason=NoActionReason.NOTHING_ASKED)
    did(letters.no_action, new(), by=amina, reason=NoActionReason.SPAM)
    did(letters.redirect, new(), to_organisation=other_organisation, by=amina)
    back = new()
    did(letters.assign, back, to_unit=unit, by=amina)
    did(letters.send_back, back, by=youssef, reason="wrong_unit")
    did(letters.reach_deadline, overdue(new(act_type=kinds[1])))

    line = asked.correspondence.entry
    did(rectify, line, by=amina, changes={"subject": "موضوع مصحح"}, reason="typing_error")
    did(letters.forget_words, asked.correspondence.object_id)
    found = did.engine.records[f"correspondence:{asked.pk}"]
    assert "تصميم" not in str(found)
    assert "جواب" not in str(found)
    did(erase_body, back.correspondence.entry, by=nadia, reason="law 09-08")
    assert did.raised == {f"correspondence:{back.pk}"}

    assert did.done >= verbs_of(letters) - SILENT_OF_LETTERS


def letter(organisation, **fields):
    return letters.Letter(organisation, party(), "طلب رخصة استغلال محل", message="نص المراسلة", **fields)


def test_file_that_was_read_is_found_where_it_hangs(did, organisation, registry, amina):
    pdf = stored_pdf(organisation)
    item = deposited(organisation, files=[(pdf, "")]).item

    def read(file):
        FilePage.objects.create(file=file, number=3, text="كلمات الصفحة الثالثة")
        file_read.send(type(file), file=file)

    did(read, pdf)

    assert did.raised == {f"correspondence:{item.pk}"}
    page = did.engine.records[f"correspondence:{item.pk}"].passages[-1]
    assert (page.file_id, page.page, page.body) == (pdf.pk, 3, "كلمات الصفحة الثالثة")


# Of circulars: what readers did with them, who follows them, what waits for an editor, prints and proofs of them.
SILENT_OF_CIRCULARS = {
    "acknowledge", "add_archive", "ask_for_prints", "ask_to_bring_in", "ask_to_check", "attest", "current_print",
    "deliver", "dismiss_citation", "do_action", "follow", "force", "improvable_prints", "improvable_proofs",
    "improve_print", "improve_proof", "named", "note_missing", "open_version", "page_paragraphs", "prepare_import",
    "print_proof", "print_version", "reach", "receive_draft", "rehearse", "remind", "see_changes", "send_back",
    "set_pace", "sweep_drafts", "tell_followers", "undo_action", "unfollow", "unschedule", "use_as_text", "approved_by",
}  # fmt: skip
# Of these others tell: Wagtail's publication, the files themselves; `bring_in` publishes each act with `freeze`.
TOLD_OF_CIRCULARS = {"approve", "attach", "bring_in", "confirm_citation", "proofread", "take_in"}


def test_every_verb_of_circulars(did, organisation, unit):
    salma = UserFactory()
    post_for(salma, unit, Role.CIRCULAR_PUBLISHER, Role.CIRCULAR_EDITOR)
    theme = Theme.objects.create(name_ar="التكوين", name_fr="Formation", slug="formation")
    circular = acts.written(organisation, number="1/2026")
    row = did(circulars.attach, circular, pdf_bytes(), name="annexe.pdf", by=salma)
    circular.themes = [theme]
    circular.save()
    circular = did(acts.publish, circular)
    did(circulars.freeze, circular, by=salma)

    def read(file):
        FilePage.objects.create(file=file, number=1, text="كلمات الملحق")
        file_read.send(type(file), file=file)

    did(read, row.file)
    assert did.raised == {f"circular:{circular.pk}"}

    def rename():
        theme.name_ar = "التكوين المستمر"
        theme.save()

    did(rename)
    assert "التكوين المستمر" in str(did.engine.records[f"circular:{circular.pk}"])

    Circular.objects.filter(pk=circular.pk).update(audience="addressees")
    Addressee.objects.create(circular=circular, organisation=organisation)
    circular = did(acts.publish, circular)
    assert Document.objects.get(doc_id=f"circular:{circular.pk}").access_version > 1

    def abrogate():
        return acts.abrogating(circular, number="2/2026")

    other = did(abrogate)
    assert did.raised >= {f"circular:{circular.pk}", f"circular:{other.pk}"}
    did(circulars.withdraw, other, by=salma, reason="خطأ")
    Circular.objects.filter(pk=circular.pk).update(expires_on=today() - timedelta(days=1))
    did(circulars.refresh_force, [circular.pk])
    Circular.objects.filter(pk=circular.pk).update(expires_on=today() + timedelta(days=1))
    did(circulars.refresh_all)

    assert did.done >= verbs_of(circulars) - SILENT_OF_CIRCULARS - TOLD_OF_CIRCULARS


# What changes calendars, rights, passwords: the directory shows none of it.
SILENT_OF_ORGANISATIONS = {
    "declare_public_holidays", "group_differences", "invite", "make_role_groups", "open_organisation",
    "reset_second_factor", "revise_calendar", "sync_groups", "public_holidays",
}  # fmt: skip


def test_every_verb_of_organisations(did, organisation, unit, youssef, said):
    admin = UserFactory(is_superuser=True)
    did(organisations.change, organisation, by=admin, name_fr="Ministère des services")
    new = did(
        organisations.set_up, Unit(organisation=organisation, code="X", name_ar="قسم", name_fr="Division"), by=admin
    )
    did(organisations.change, new, by=admin, name_ar="قسم آخر")
    seat = PostFactory(unit=new)
    person = UserFactory.build(is_superuser=False)
    did(organisations.open_account, person, by=admin)
    tenure = did(organisations.appoint, person, post=seat, by=admin, starts_on=today())
    assert f"person:{person.pk}" in did.engine.records
    did(organisations.change, seat, by=admin, title_ar="رئيس القسم")
    did(organisations.change_account, person, by=admin, name_ar="ليلى")
    did(organisations.change_clearance, tenure, by=admin, clearance=1)
    lent = did(
        organisations.delegate, youssef.tenures.get().post, to=said, by=youssef, starts_on=today(),
        ends_on=today(), acts=["direct"], written_act="1/2026",
    )  # fmt: skip
    did(organisations.revoke_delegation, lent, by=youssef)
    did(organisations.close_account, person, by=admin)
    assert f"person:{person.pk}" not in did.engine.records
    did(organisations.reopen_account, person, by=admin)
    tenure.starts_on = today() - timedelta(days=9)
    tenure.save()
    did(organisations.end_tenure, tenure, by=admin, ends_on=today() - timedelta(days=1))
    assert f"person:{person.pk}" not in did.engine.records
    did(organisations.close, seat, by=admin)
    did(organisations.close, new, by=admin)
    assert f"unit:{new.pk}" not in did.engine.records
    did(organisations.reopen, new, by=admin)

    own = {
        name for name in verbs_of(organisations) if getattr(organisations, name).__module__ == organisations.__name__
    }
    assert did.done >= {name for name in own if not name.startswith("_")} - SILENT_OF_ORGANISATIONS


def test_everything_editors_do_to_pages(did):
    root = FrontPage.get_first_root_node()
    front = root.add_child(instance=FrontPage(title="الواجهة", slug="front"))
    page = front.add_child(instance=StandardPage(title="صفحة", slug="page", intro="تقديم", live=False))

    def publish():
        page.save_revision().publish()

    def change_audience():
        page.audience = "staff"
        page.save_revision().publish()

    def unpublish():
        StandardPage.objects.get(pk=page.pk).unpublish()

    did(publish)
    assert f"page:{page.pk}" in did.engine.records
    did(change_audience)
    assert did.engine.records[f"page:{page.pk}"].acl == {"staff"}
    did(unpublish)
    assert f"page:{page.pk}" not in did.engine.records
    did(publish)
    did(page.move, root, pos="last-child")
    did(page.delete)
    assert f"page:{page.pk}" not in did.engine.records


def test_people_are_found_from_their_first_day_to_their_last(did, organisation, unit):
    gone, come, stays = UserFactory(), UserFactory(), UserFactory()
    for person in (gone, stays):
        post_for(person, unit, Role.AGENT)
    operations.reconcile(did.engine)
    day = today()
    gone.tenures.update(ends_on=day - timedelta(days=1))
    come.tenures.create(post=PostFactory(unit=unit), starts_on=day)
    stays.tenures.create(post=PostFactory(unit=unit, title_ar="رئيسة المصلحة"), starts_on=day)

    operations.renew_people()

    operations.index(Document.objects.behind("shown_version").values_list("doc_id", flat=True))
    assert not operations.compare(did.engine, thorough=True)
    assert f"person:{gone.pk}" not in did.engine.records
    assert f"person:{come.pk}" in did.engine.records
    assert "رئيسة المصلحة" in str(did.engine.records[f"person:{stays.pk}"])
