"""The list of documents: one more, one less, another order, what each one is."""

from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from core.files.enums import MAX_FILES, MAX_TOTAL_BYTES
from eservices.deposit import cookies, operations
from eservices.deposit.enums import Step
from eservices.deposit.forms import (
    FileForm,
)
from eservices.deposit.views_steps import after_saving, goes_on, page, start_draft, step_page
from eservices.deposit.wording import refusal_sentence


@step_page(Step.DOCUMENTS)
def documents(request):
    """The list of documents: one more, one less, another order, what each one is."""
    draft = cookies.current_draft(request)
    if request.method != "POST":
        return _documents_page(request, draft)
    request._draft = draft = draft or start_draft(request)
    uploads = request.FILES.getlist("file")
    added = [
        operations.add_file(draft, upload, name=upload.name, declared_type=upload.content_type or "")
        for upload in uploads
    ]
    is_from_script = bool(uploads) and request.headers.get("Accept") == "application/json"
    answer = _added(draft, added) if is_from_script else _described(request, draft)
    return cookies.remember(request, answer, draft)


def _documents_page(request, draft):
    rows = operations.rows_of(draft) if draft and draft.uploads else []
    forms = _file_forms(draft, rows, is_judged=bool(draft) and draft.was_tried(Step.DOCUMENTS))
    context = {
        "rows": rows,
        "files": _listed(rows, forms),
        "summary": _summary(rows, forms),
        "has_errors": any(form.errors for form in forms if not form.row.is_refused) or any(r.is_refused for r in rows),
    }
    return page(request, Step.DOCUMENTS, draft, context | _room(rows))


def _file_forms(draft, rows, data=None, *, is_judged=False):
    act_type = draft.act_type() if draft else None
    pieces = act_type.needed_pieces() if act_type else []
    return [FileForm(data, row=row, pieces=pieces, is_judged=is_judged and not row.is_refused) for row in rows]


def _listed(rows, forms):
    """The lines of the list as the template shows them."""
    last = len(rows) - 1
    return [
        {
            "row": row,
            "form": form,
            "sentence": refusal_sentence(row) if row.is_refused else "",
            "is_first": place == 0,
            "is_last": place == last,
        }
        for place, (row, form) in enumerate(zip(rows, forms, strict=True))
    ]


def _summary(rows, forms):
    """What is wrong with the list, each with the place to put it right."""
    found = [
        {"target": f"file-{row.public_id.hex}", "sentence": refusal_sentence(row)} for row in rows if row.is_refused
    ]
    for form in forms:
        found += [{"target": form["label"].id_for_label, "sentence": error} for error in form.errors.get("label", [])]
    return found


def _room(rows):
    """How many files and bytes are used, and whether another one fits."""
    received = [row for row in rows if not row.is_refused]
    return {
        "used_files": len(received),
        "used_bytes": sum(row.size for row in received),
        "max_files": MAX_FILES,
        "max_bytes": MAX_TOTAL_BYTES,
        "has_room": len(received) < MAX_FILES,
    }


def _described(request, draft):
    """What the buttons of the list ask for; what was typed is kept whichever was pressed."""
    intent, _colon, public_id = request.POST.get("intent", "continue").partition(":")
    is_asked = goes_on(request)
    rows = operations.rows_of(draft)
    forms = _file_forms(draft, rows, data=request.POST)
    is_done = is_asked and all(not form.row.is_refused and form.is_valid() for form in forms)
    typed = [(form.row, *form.typed()) for form in forms]
    draft = operations.describe_files(draft, typed, is_done=is_done, tried=is_asked, language=get_language())
    named = next((row for row in rows if row.public_id.hex == public_id), None)
    if named and intent == "remove":
        operations.remove_file(draft, named.public_id)
    elif named and intent in ("up", "down"):
        operations.move_file(draft, named.public_id, by_places=-1 if intent == "up" else 1)
    return after_saving(request, draft, Step.DOCUMENTS, is_done=is_done)


def _added(draft, added):
    """The new lines of the list, for a browser that sends each file by script and stays on the page."""
    is_all = added[-1].draft.uploads == len(added)  # alone in a new list: nothing to ask
    rows = added if is_all else operations.rows_of(draft)
    forms = {form.row.pk: form for form in _file_forms(draft, added)}
    listed = {line["row"].pk: line for line in _listed(rows, [forms.get(row.pk) for row in rows])}
    context = {"draft": draft} | _room(rows)
    return JsonResponse(
        {
            "files": [
                {
                    "html": render_to_string("deposit/_file.html", context | {"line": listed[row.pk]}),
                    "sentence": listed[row.pk]["sentence"],
                    "is_refused": row.is_refused,
                }
                for row in added
            ],
            "room": render_to_string("deposit/_room.html", context),
        }
    )
