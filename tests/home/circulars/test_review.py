"""Two people stand behind each publication."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.models import TaskState

from core.audit.models import AuditEntry
from core.exceptions import BusinessError, NotAllowed, WrongState
from core.notifications.models import Notification
from core.organisations.enums import Role
from home.circulars import operations, permissions, tasks
from home.circulars.locks import OWN_EDIT
from home.circulars.models import Circular, ExternalAct, Theme
from home.circulars.views_editor import CircularEdit
from tests.factories.circulars import form_data, written
from tests.factories.organisations import UnitFactory, post_for

pytestmark = pytest.mark.django_db


def submitted(organisation, *, by, **values):
    circular = written(organisation, **values)
    circular.save_revision(user=by)
    circular = Circular.objects.get(pk=circular.pk)
    circular.get_workflow().start(circular, by)
    return circular


def fresh(circular):
    return Circular.objects.select_related("current", "latest_revision").get(pk=circular.pk)


def decide(client, circular, decision, comment=""):
    data = {"revision": circular.latest_revision_id, "decision": decision, "comment": comment}
    return client.post(address("review", circular), data)


def address(name, circular, *args):
    return reverse(f"wagtailsnippets_circulars_circular:{name}", args=[circular.pk, *args])


def events(user):
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("event", flat=True))


# --- approval ------------------------------------------------------------------------------------------------------


def test_second_person_approves_and_the_circular_is_published(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham)

    approved = operations.approve(circular, by=tarik, revision=circular.latest_revision_id, comment=" موافق ")

    assert (approved.live, approved.current.published_by) == (True, tarik)
    assert (events(ilham), events(tarik)) == (["circulars.approved"], ["circulars.submitted"])
    assert TaskState.objects.get().comment == "موافق"
    assert AuditEntry.objects.filter(event__in=["circulars.approved", "circulars.published"]).count() == 2


def test_second_of_two_publishers_finds_it_decided(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham)
    operations.approve(circular, by=tarik, revision=circular.latest_revision_id)
    with pytest.raises(WrongState):
        operations.approve(circular, by=tarik, revision=circular.latest_revision_id)


def test_save_in_passing_that_the_submission_overtook_changes_nothing(organisation, ilham, tarik, cms, monkeypatch):
    circular = written(organisation)
    circular.save_revision(user=ilham)
    circular = Circular.objects.get(pk=circular.pk)
    judge = CircularEdit.is_valid

    def submit_meanwhile(view, form):
        """Between the look at the lock and the save, the same editor's submission arrives."""
        is_right = judge(view, form)
        if not fresh(circular).workflow_in_progress:
            fresh(circular).get_workflow().start(fresh(circular), ilham)
        return is_right

    monkeypatch.setattr(CircularEdit, "is_valid", submit_meanwhile)
    sent = form_data(circular, office="صفة أخرى")
    answer = cms(ilham).post(address("edit", circular), sent, headers={"accept": "application/json"})

    assert (answer.status_code, answer.json()["error_code"]) == (400, "locked")
    assert fresh(circular).latest_revision_id == circular.latest_revision_id
    assert operations.approve(circular, by=tarik, revision=circular.latest_revision_id).live


def test_nobody_approves_their_own_last_edit(organisation, tarik):
    circular = submitted(organisation, by=tarik)

    with pytest.raises(NotAllowed) as refused:
        operations.approve(circular, by=tarik, revision=circular.latest_revision_id)

    assert refused.value.message == OWN_EDIT
    assert not permissions.can_review(tarik, circular)
    assert fresh(circular).current is None
    assert TaskState.objects.get().status == TaskState.STATUS_IN_PROGRESS


@pytest.mark.parametrize("who", ["ilham", "foreign_publisher"])
def test_approval_and_sending_back_are_the_own_publishers(request, organisation, ilham, who):
    circular, user = submitted(organisation, by=ilham), request.getfixturevalue(who)
    for verb in (operations.approve, operations.send_back):
        with pytest.raises(NotAllowed):
            verb(circular, by=user, revision=circular.latest_revision_id, comment="تعليق")


def test_what_was_submitted_again_is_read_again(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham)
    read = circular.latest_revision_id
    circular.current_workflow_state.cancel(user=ilham)
    circular.save_revision(user=ilham)
    circular = fresh(circular)
    circular.get_workflow().start(circular, ilham)
    with pytest.raises(WrongState):
        operations.approve(circular, by=tarik, revision=read)


def test_sent_back_with_a_word_to_its_editor(organisation, ilham, tarik, cms):
    circular = submitted(organisation, by=ilham)
    with pytest.raises(BusinessError):
        operations.send_back(circular, by=tarik, revision=circular.latest_revision_id, comment=" ")

    operations.send_back(circular, by=tarik, revision=circular.latest_revision_id, comment="صحح الفقرة 2")

    assert events(ilham) == ["circulars.sent_back"]
    page = cms(ilham).get(address("edit", circular)).content.decode()
    assert "صحح الفقرة 2" in page
    assert 'name="action-submit"' in page


def test_publishing_ones_own_edit_directly_is_refused(organisation, tarik):
    circular = written(organisation)
    revision = circular.save_revision(user=tarik)
    with pytest.raises(NotAllowed):
        revision.publish(user=tarik)
    assert not fresh(circular).live


def test_published_circular_is_never_unpublished(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham)
    circular = operations.approve(circular, by=tarik, revision=circular.latest_revision_id)
    with pytest.raises(WrongState):
        circular.unpublish(user=tarik)
    assert fresh(circular).live


# --- publication by the clock --------------------------------------------------------------------------------------


@pytest.fixture
def scheduled(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham, go_live_at=timezone.now() + timedelta(days=1))
    return operations.approve(circular, by=tarik, revision=circular.latest_revision_id)


def the_day_comes(circular):
    circular.revisions.update(approved_go_live_at=timezone.now() - timedelta(minutes=1))


def test_approved_for_tomorrow_is_published_by_the_clock_in_the_name_of_who_approved(scheduled, tarik, monkeypatch):
    assert (scheduled.live, scheduled.current) == (False, None)
    tasks.publish_scheduled()
    assert fresh(scheduled).current is None

    later = timezone.now() + timedelta(days=2)
    the_day_comes(scheduled)
    with monkeypatch.context() as clock:
        clock.setattr("wagtail.actions.publish_revision.timezone.now", lambda: later)
        tasks.publish_scheduled()

    assert (fresh(scheduled).live, fresh(scheduled).current.published_by) == (True, tarik)


def test_withdrawal_takes_what_was_planned_off_the_clock(scheduled, ilham, tarik):
    the_day_comes(scheduled)
    scheduled.texts.all().delete()
    revision = scheduled.latest_revision
    revision.content["texts"] = []
    revision.content["go_live_at"] = None
    revision.save()

    tasks.publish_scheduled()

    assert fresh(scheduled).current is None
    assert events(ilham)[-1] == "circulars.not_published"
    assert not scheduled.revisions.exclude(approved_go_live_at=None).exists()


def test_nobody_has_to_be_told_of_what_no_editor_wrote(scheduled):
    the_day_comes(scheduled)
    revision = scheduled.latest_revision
    revision.user, revision.content["texts"], revision.content["go_live_at"] = None, [], None
    revision.save()
    before = Notification.objects.count()
    tasks.publish_scheduled()
    assert Notification.objects.count() == before


def test_what_nobody_had_to_approve_has_no_approver(organisation):
    revision = written(organisation).save_revision()
    assert operations.approved_by(revision) is None


def test_withdrawal_ends_what_waits(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham)
    operations.approve(circular, by=tarik, revision=circular.latest_revision_id)
    circular = fresh(circular)
    circular.office = "كاتب عام"
    circular.save_revision(user=ilham)
    circular.get_workflow().start(fresh(circular), ilham)

    operations.withdraw(circular, by=tarik, reason="صدر خطأ")

    assert fresh(circular).current_workflow_state is None


# --- the pages -----------------------------------------------------------------------------------------------------


def test_review_page_lets_the_second_person_decide(organisation, ilham, tarik, cms):
    circular = submitted(organisation, by=ilham)
    client = cms(tarik)
    assert 'value="approve"' in client.get(address("review", circular)).content.decode()

    answer = decide(client, circular, "approve")

    assert (answer.status_code, answer.url) == (302, address("edit", circular))
    assert fresh(circular).live
    assert 'name="decision"' not in client.get(address("review", circular)).content.decode()


def test_approval_that_changes_no_word_says_so(organisation, ilham, tarik, cms):
    client, said = cms(tarik), []
    for title in ("إلزامية الإيداع الرقمي", "إلزامية الإيداع الرقمي", "عنوان آخر"):
        circular = Circular.objects.first() or written(organisation)
        text = circular.texts.get()
        text.title = title
        circular.texts.add(text)
        circular.save_revision(user=ilham)
        circular = fresh(circular)
        circular.get_workflow().start(circular, ilham)
        answer = decide(client, circular, "approve")
        said.append(len(list(client.get(answer.url).context["messages"])))
    assert (said, fresh(circular).versions.count()) == ([1, 2, 1], 2)


def test_sending_back_without_a_word_keeps_the_page_and_says_so(organisation, ilham, tarik, cms):
    circular = submitted(organisation, by=ilham)
    answer = decide(cms(tarik), circular, "send_back")
    assert answer.context["form"].non_field_errors() == [operations.review._("Say what is to be changed.")]


def test_last_editor_reads_why_not(organisation, tarik, cms):
    circular = submitted(organisation, by=tarik)
    client = cms(tarik)

    answer = decide(client, circular, "approve")

    assert answer.context["form"].non_field_errors() == [str(OWN_EDIT)]
    for name in ("review", "edit"):
        assert str(OWN_EDIT) in client.get(address(name, circular)).content.decode()
    state = circular.current_workflow_task_state
    assert client.post(address("workflow_action", circular, "approve", state.pk)).status_code == 302
    assert fresh(circular).current is None


def test_editor_sees_that_it_waits_and_may_not_decide(organisation, ilham, cms):
    circular = submitted(organisation, by=ilham)
    page = cms(ilham).get(address("review", circular)).content.decode()
    assert 'name="decision"' not in page
    edit = cms(ilham).get(address("edit", circular)).content.decode()
    assert 'name="action-publish"' not in edit
    assert 'name="action-cancel-workflow"' in edit


def test_dashboard_lists_what_waits_for_the_second_person_only(organisation, ilham, tarik, foreign_publisher):
    state = submitted(organisation, by=ilham).current_workflow_task_state
    submitted(organisation, by=tarik, number="13/2026")
    found = {user: list(TaskState.objects.reviewable_by(user)) for user in (ilham, tarik, foreign_publisher)}
    assert found == {
        ilham: [],
        tarik: [state.taskstate_ptr if hasattr(state, "taskstate_ptr") else state],
        foreign_publisher: [],
    }


@pytest.mark.parametrize(
    "name", ["edit", "review", "withdraw", "history", "usage", "delete", "unpublish", "lock", "preview_on_edit"]
)
def test_other_administrations_find_nothing(organisation, ilham, foreign_publisher, cms, name):
    circular = submitted(organisation, by=ilham)
    assert cms(foreign_publisher).get(address(name, circular)).status_code == 404
    assert cms(ilham).get(address(name, circular)).status_code in (200, 302, 405)


def test_publish_by_hand_saves_a_draft_and_says_why(organisation, tarik, cms):
    circular = written(organisation)
    circular.save_revision(user=tarik)
    client = cms(tarik)

    answer = client.post(address("edit", circular), form_data(circular, **{"action-publish": "1"}), follow=True)

    assert "submit it, and a second person" in answer.content.decode() or "صادق" in answer.content.decode()
    assert (fresh(circular).live, circular.revisions.count()) == (False, 2)


def test_editor_submits_by_the_form(organisation, ilham, tarik, cms):
    circular = written(organisation)
    circular.save_revision(user=ilham)
    answer = cms(ilham).post(address("edit", circular), form_data(circular, **{"action-submit": "1"}))
    assert answer.status_code == 302
    assert fresh(circular).workflow_in_progress
    assert events(tarik) == ["circulars.submitted"]


# --- withdrawal ----------------------------------------------------------------------------------------------------


@pytest.fixture
def circular(organisation, ilham, tarik):
    circular = submitted(organisation, by=ilham)
    return operations.approve(circular, by=tarik, revision=circular.latest_revision_id)


def test_withdrawal_asks_for_a_reason_and_a_confirmation(circular, tarik, cms):
    client = cms(tarik)
    assert address("withdraw", circular) in client.get(address("edit", circular)).content.decode()

    refused = client.post(address("withdraw", circular), {"reason": " "})
    done = client.post(address("withdraw", circular), {"reason": "صدر خطأ", "is_sure": "on"})
    again = client.post(address("withdraw", circular), {"reason": "صدر خطأ", "is_sure": "on"})

    assert set(refused.context["form"].errors) == {"reason", "is_sure"}
    assert (done.status_code, again.status_code) == (302, 200)
    assert fresh(circular).withdrawal_reason == "صدر خطأ"
    assert "صدر خطأ" in client.get(address("edit", circular)).content.decode()
    assert "صدر خطأ" in client.get(fresh(circular).get_absolute_url() + "/ara").content.decode()


def test_readers_page_leads_the_publisher_to_the_withdrawal(circular, ilham, tarik, cms):
    page = f"{circular.get_absolute_url()}/ara"
    shown = {user: address("withdraw", circular) in cms(user).get(page).content.decode() for user in (ilham, tarik)}
    assert shown == {ilham: False, tarik: True}


def test_themes_and_acts_of_others_are_kept(circular, tarik, cms, django_user_model):
    theme = Theme.objects.create(slug="t", name_ar="م", name_fr="T", name_en="T")
    act = ExternalAct.objects.create(kind="law", number="55.19")
    client = cms(django_user_model.objects.create_superuser("root", "root@example.ma", "x"))
    for name, row in (("theme", theme), ("externalact", act)):
        client.post(reverse(f"wagtailsnippets_circulars_{name}:delete", args=[row.pk]))
        client.post(reverse("wagtail_bulk_action", args=["circulars", name, "delete"]) + f"?id={row.pk}")
        row.refresh_from_db()


def test_editors_do_not_withdraw(circular, ilham, cms):
    client = cms(ilham)
    assert address("withdraw", circular) not in client.get(address("edit", circular)).content.decode()
    client.post(address("withdraw", circular), {"reason": "سبب", "is_sure": "on"})
    assert not fresh(circular).is_withdrawn


def test_nothing_is_unpublished_or_deleted_by_its_address(circular, tarik, cms, django_user_model):
    admin = django_user_model.objects.create_superuser("root", "root@example.ma", "x")
    post_for(admin, UnitFactory(organisation=circular.authority), Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER)
    bulk = reverse("wagtail_bulk_action", args=["circulars", "circular", "delete"]) + f"?id={circular.pk}"
    for user in (tarik, admin):
        client = cms(user)
        assert client.post(address("unpublish", circular)).url == address("withdraw", circular)
        client.post(address("delete", circular))
        client.post(bulk)
    assert fresh(circular).live
