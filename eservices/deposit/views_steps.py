"""What the steps share: the bar on top, keeping what was typed before it is judged, where to go next."""

import functools

from django.conf import settings
from django.http import JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import formats
from core.appearance import remember_theme
from core.views import SeeOther
from eservices.deposit import cookies, operations
from eservices.deposit.enums import DraftState, Step
from eservices.deposit.models import Draft
from eservices.deposit.views_gate import for_everybody, limit, see, to_deposit


def new_draft(request):
    """A draft that is not saved yet, within what one network may open."""
    limit(request, "start", limit=60)
    return Draft.new(language=get_language())


def start_draft(request):
    limit(request, "start", limit=60)
    return operations.start(language=get_language())


def progress(draft, current):
    """The bar on top, for deposit/_steps.html: what is done leads back, the e-mail step shows only where there is an
    address. It is the same for all drafts that are equally far, and so drawn once."""
    shown = [step for step in Step if step != Step.EMAIL or current == Step.EMAIL or (draft and draft.email)]
    done = [step for step in shown if current == Step.DONE or (step != current and _is_done(draft, step))]
    key = f"{current} {' '.join(shown)} {' '.join(done)}"
    return {"steps_key": key, "steps": functools.partial(_bar, shown, done, current)}


def _bar(shown, done, current):
    return [
        {
            "title": step.label,
            "is_done": step in done,
            "url": reverse(f"deposit:{step}") if step in done and current != Step.DONE else "",
            "is_current": step == current,
        }
        for step in shown
    ]


def _is_done(draft, step):
    if draft is None:
        return False
    return draft.email == draft.confirmed_email if step == Step.EMAIL else draft.is_done(step)


def page(request, step, draft, context):
    """The page of a step with the bar on top and what is known of the draft beside it."""
    act_type = draft.act_type() if draft and draft.organisation_id else None
    rows = context["rows"] if "rows" in context else draft.files.all() if act_type else []
    context |= progress(draft, step) | {
        "step": step,
        "draft": draft,
        "act_type": act_type,
        "came_from_check": request.GET.get("back") == "check",
        "back_url": _back_url(step),
        "languages": _languages(),
    }
    context["pieces"] = _pieces(act_type, rows)
    return TemplateResponse(request, f"deposit/{step}.html", context)


def _pieces(act_type, rows):
    """The documents this kind of letter needs, and whether each is in the list."""
    here = {row.piece_id for row in rows if not row.is_refused}
    return [{"piece": piece, "is_here": piece.pk in here} for piece in act_type.needed_pieces()] if act_type else []


def _languages():
    return [{"code": code, "name": name, "is_current": code == get_language()} for code, name in settings.LANGUAGES]


def _back_url(step):
    steps = [Step.ADDRESSEE, Step.SENDER, Step.SUBJECT, Step.DOCUMENTS]
    if step == Step.ADDRESSEE:
        return reverse("deposit:start")
    place = steps.index(step) if step in steps else len(steps)
    return reverse(f"deposit:{steps[place - 1]}")


def _next(request, draft, step):
    if request.GET.get("back") == "check":
        return see("check")
    following = {Step.ADDRESSEE: Step.SENDER, Step.SENDER: Step.SUBJECT, Step.SUBJECT: Step.DOCUMENTS}
    if step in following:
        return see(following[step])
    has_email_to_confirm = step == Step.DOCUMENTS and draft.email and draft.email != draft.confirmed_email
    return see(Step.EMAIL if has_email_to_confirm else Step.CHECK)


def _ended(request, step):
    """Where to go instead when the current draft can no longer be worked on; None to go on.

    After a deposit the first step begins another letter; every other step leads to the receipt. What is posted to a
    draft that has expired is kept in a new one.
    """
    draft = cookies.current_draft(request)
    if draft is None or draft.is_open:
        return None
    if draft.state == DraftState.DEPOSITED and step != Step.ADDRESSEE:
        return to_deposit(operations.made_of(draft), again=1)
    request._draft = None
    return None


def kept_form(draft, step, make):
    """The form as it was left: judged when the person asked for it, else only filled in."""
    raw = draft.raw(step) if draft else {}
    if draft and draft.was_tried(step) and not draft.is_done(step):
        return make(data=raw)
    return make(initial={name: value for name, value in raw.items() if value != ""})


def questions(draft, step, make):
    """For the template: the form as it was left. Before anything is typed only how to make it, for then it is the same
    for everybody and drawn once."""
    if draft is None or step not in draft.data:
        return {"form": None, "make_form": make}
    return {"form": kept_form(draft, step, make)}


def answer(request, step, make, **about):
    """Keep what was posted to `step`, then judge it: to the next step, or back to the same one with the sentences."""
    draft = cookies.current_draft(request) or new_draft(request)
    form = make(data=request.POST)
    raw = {name: request.POST.get(name, "") for name in form.fields}
    is_asked = goes_on(request)
    meaning = form.meaning() if is_asked and form.is_valid() else None
    kept = {"raw": raw, "meaning": meaning, "tried": is_asked, "language": get_language()}
    draft = operations.save_step(draft, step, **kept, **about)
    response = after_saving(request, draft, step, is_done=bool(meaning))
    return cookies.remember(request, response, draft)


def goes_on(request):
    """Whether to go on was asked for: not another language or look, nor only to keep what is typed so far."""
    has_other_wish = request.POST.get("language") or request.POST.get("theme")
    return not has_other_wish and request.POST.get("intent", "continue") == "continue"


def after_saving(request, draft, step, *, is_done):
    intent, language, theme = (request.POST.get(name, "") for name in ("intent", "language", "theme"))
    if language in dict(settings.LANGUAGES):
        return SeeOther(translate_url(same_page(request), language))
    if theme:
        return remember_theme(request, SeeOther(same_page(request)), theme)
    if intent == "save":
        return JsonResponse(
            {"saved": _("Saved at %(time)s") % {"time": formats.time_text(draft.saved_at, seconds=False)}}
        )
    if intent == "later":
        return see("later")
    return _next(request, draft, step) if is_done else SeeOther(same_page(request))


def same_page(request):
    """This page again, without what only began it."""
    query = request.GET.copy()
    for name in ("organisation", "q", "choose"):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def step_page(step):
    """A view of one step: an ended draft leads elsewhere, one that ends meanwhile is asked for again."""

    def decorate(view):
        @for_everybody
        @require_http_methods(["GET", "HEAD", "POST"])
        @functools.wraps(view)
        def wrapped(request):
            if elsewhere := _ended(request, step):
                return elsewhere
            try:
                return view(request)
            except operations.DraftGone:
                return SeeOther(same_page(request))

        return wrapped

    return decorate
