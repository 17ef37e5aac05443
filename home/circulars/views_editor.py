"""The issuer's side in Wagtail's administration: edit, decide as second person, withdraw."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from wagtail.admin.panels import Panel
from wagtail.admin.widgets.button import Button
from wagtail.models import WorkflowState
from wagtail.permissions import policy_registry
from wagtail.snippets.views.snippets import CreateView, EditView

from core.dates import today
from core.exceptions import BusinessError
from home.circulars import freezing, operations, permissions, proposals
from home.circulars.enums import Language, Predicate
from home.circulars.forms import CitationForm, DecisionForm, WithdrawalForm
from home.circulars.locks import OWN_EDIT, edited_last, publishes
from home.circulars.models import Circular, CircularVersion
from home.circulars.sheets import Sheet

_PUBLISHING = {"publish", "workflow-action"}  # each would save an edit first, and make its author approve it


class CitationsPanel(Panel):
    """How many citations of the draft wait for a decision, and the way to them."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "circulars/cms/_citations_panel.html"

        def get_context_data(self, parent_context=None):
            circular = self.instance
            found = proposals.of(circular, self.request.user) if circular.pk else []
            url = _to("citations", circular) if circular.pk else ""
            return super().get_context_data(parent_context) | {"count": len(found), "citations_url": url}


class SecondPersonMixin:
    """Saves and submits; publishing is what a second person does on the page of its review."""

    def get_available_actions(self):
        return [action for action in super().get_available_actions() if action not in _PUBLISHING]

    def form_valid(self, form):
        if self.request.POST.get("action-publish"):
            text = _("Saved, and not published: submit it, and a second person who approves it publishes it.")
            messages.warning(self.request, text)
        try:
            with transaction.atomic():
                return super().form_valid(form)
        except IntegrityError:  # somebody was faster, or the same person pressed twice
            form.add_error("number", _("This administration has another act of this kind, year and number."))
            self.produced_error_code, self.produced_error_message = "validation_error", self.get_error_message()
            return self.form_invalid(form)


class CircularCreate(SecondPersonMixin, CreateView):
    def setup(self, request, *args, **kwargs):
        """Kept by itself only once it exists: a save in passing would take the number before the real one."""
        super().setup(request, *args, **kwargs)
        self.autosave_enabled = False


class CircularEdit(SecondPersonMixin, EditView):
    def get_page_subtitle(self):
        return str(self.object)

    def form_valid(self, form):
        """A save in passing that was overtaken by the submission comes too late: what waits for approval stays."""
        with transaction.atomic():
            lock = Circular.objects.select_for_update(of=("self",)).get(pk=self.object.pk).get_lock()
            self.locked_for_user = bool(lock and lock.for_user(self.request.user))
            if not self.locked_for_user:
                return super().form_valid(form)
        self.is_valid(form)  # says why
        return self.form_invalid(form)

    def get(self, request, *args, **kwargs):
        state = self.object.current_workflow_state
        if state and state.status == WorkflowState.STATUS_NEEDS_CHANGES:
            said = {"comment": state.current_task_state.comment}
            messages.warning(request, _("It was sent back to be changed: %(comment)s") % said)
        return super().get(request, *args, **kwargs)

    @property
    def header_more_buttons(self):
        buttons = super().header_more_buttons
        if permissions.can_withdraw(self.request.user, self.live_object):
            url = _to("withdraw", self.object)
            buttons.append(Button(_("Withdraw the circular"), url=url, icon_name="cross", priority=40))
        return buttons


def preview(circular, request, mode):
    """A draft on the page its readers will see, marked as such; a sentence where there is nothing to show yet."""
    language = mode or Language.ARABIC
    if lacks := _lacks(circular, language):
        return TemplateResponse(request, "circulars/preview_lacks.html", {"lacks": lacks})
    with translation.override(language):
        version = CircularVersion(
            circular=circular,
            number=circular.current.number + 1 if circular.current else 1,
            day=today(),
            authentic=freezing.authentic_text(circular).language,
            content=freezing.content(circular, freezing.anchored(circular)),
        )
        as_shown = {"is_current": True, "is_preview": True, "languages": []}
        sheet = Sheet(circular, version, language, on=today(), user=request.user, **as_shown)
        context = {"sheet": sheet, "circular": circular, "version": version, **sheet.to_do}
        return TemplateResponse(request, "circulars/page.html", context).render()


def _lacks(circular, language) -> str:
    if circular.pk is None:
        return _("Save the circular once; then its preview is shown here.")
    if freezing.authentic_text(circular) is None:
        return _("Write the authentic text of the circular, with at least one paragraph.")
    if language not in {text.language for text in circular.texts.all()}:
        return _("This circular has no text in this language yet: %(language)s.") % {
            "language": Language(language).label
        }
    return ""


@require_http_methods(["GET", "POST"])
def review(request, pk):
    """What waits for a second person: read it, then approve it or send it back."""
    circular = _own(request.user, pk)
    form = DecisionForm(request.POST or None, initial={"revision": circular.latest_revision_id})
    state = circular.current_workflow_task_state
    if request.method == "POST" and form.is_valid():
        try:
            decided = _decide(circular, by=request.user, **form.cleaned_data)
        except BusinessError as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("Your decision is recorded and its editor is told."))
            if decided and not decided.has_unpublished_changes and decided.current_id == circular.current_id:
                text = _("Readers are shown the same words as before: no new version was made.")
                messages.warning(request, text)
            return redirect(_to("edit", circular))
    is_own = publishes(request.user, circular) and edited_last(request.user, circular)
    draft = circular.get_latest_revision_as_object()
    context = {
        "circular": circular,
        "draft": draft,
        "form": form,
        "state": state,
        "may_approve": permissions.can_review(request.user, circular),
        "refusal": OWN_EDIT if is_own else "",
        "languages": [(text.language, text.get_language_display()) for text in draft.texts.all()],
    }
    return TemplateResponse(request, "circulars/cms/review.html", context | _header(circular, _("Approval")))


@require_http_methods(["GET", "POST"])
def citations(request, pk):
    """What the texts of the draft cite and is no relation yet: each is confirmed as one, or dismissed."""
    circular = _own(request.user, pk)
    form = CitationForm(request.POST or None)
    refusal = ""
    if request.method == "POST" and form.is_valid():
        try:
            _answer(circular, by=request.user, **form.cleaned_data)
        except BusinessError as error:
            refusal = str(error.message)
        else:
            messages.success(request, _("Your decision is recorded."))
            return redirect(_to("citations", circular))
    context = {
        "circular": circular,
        "proposals": proposals.of(circular.get_latest_revision_as_object(), request.user),
        "decisions": circular.citation_decisions.select_related("by", "target", "external"),
        "predicates": Predicate.choices,
        "default": Predicate.CITES,
        "may": permissions.can_edit(request.user, circular),
        "refusal": refusal,
    }
    header = _header(circular, _("Citations found in the text"))
    return TemplateResponse(request, "circulars/cms/citations.html", context | header)


@require_http_methods(["GET", "POST"])
def withdraw(request, pk):
    """Take a published circular back, with a reason that its readers will see."""
    circular = _own(request.user, pk)
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.withdraw(circular, by=request.user, reason=form.cleaned_data["reason"])
        except BusinessError as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("The circular is withdrawn; its page says so with your reason."))
            return redirect(_to("edit", circular))
    context = {"circular": circular, "form": form, "may": permissions.can_withdraw(request.user, circular)}
    return TemplateResponse(request, "circulars/cms/withdraw.html", context | _header(circular, _("Withdrawal")))


def _decide(circular, *, by, revision, decision, comment):
    """The circular after an approval; None when it was sent back."""
    verb = {"approve": operations.approve, "send_back": operations.send_back}[decision]
    return verb(circular, by=by, revision=revision, comment=comment)


def _answer(circular, *, by, key, predicate, decision):
    if decision == "confirm":
        operations.confirm_citation(circular, by=by, key=key, predicate=predicate)
    else:
        operations.dismiss_citation(circular, by=by, key=key)


def _own(user, pk) -> Circular:
    """A circular of an administration whose editor or publisher one is."""
    mine = policy_registry.get_by_type(Circular).instances_user_has_any_permission_for(user, ["change"])
    return get_object_or_404(mine.select_related("authority", "current", "latest_revision__user"), pk=pk)


def _to(name, circular) -> str:
    return reverse(f"wagtailsnippets_circulars_circular:{name}", args=[circular.pk])


def _header(circular, title) -> dict:
    crumbs = [
        {"url": reverse("wagtailsnippets_circulars_circular:list"), "label": _("Circulars")},
        {"url": _to("edit", circular), "label": str(circular)},
        {"url": "", "label": title},
    ]
    return {"breadcrumbs_items": crumbs, "header_title": title, "page_title": title, "header_icon": "doc-full"}
