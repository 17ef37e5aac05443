from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.exceptions import BusinessError
from core.organisations import operations
from core.organisations.forms import OwnDelegationForm
from core.organisations.models import Delegation, Tenure
from core.organisations.permissions import holdings_of
from core.views import SeeOther


@require_http_methods(["GET", "POST"])
def posts(request):
    """The posts the person holds today, what was delegated to and by them, and lending a post to a colleague."""
    form = OwnDelegationForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            operations.delegate(by=request.user, **form.cleaned_data)
        except BusinessError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The delegation has been given."))
            return SeeOther(reverse("organisations_own:posts"))
    tenures = Tenure.objects.effective().filter(user=request.user).select_related("post__unit__organisation")
    tenures = list(tenures.prefetch_related("post__roles"))
    delegations = Delegation.objects.open().select_related("post__unit", "user")
    context = {
        "form": form,
        "tenures": tenures,
        "received": delegations.filter(user=request.user),
        "given": delegations.filter(post__in=[tenure.post_id for tenure in tenures]),
    }
    return TemplateResponse(request, "organisations/posts.html", context)


@require_POST
def revoke(request):
    """End a delegation of a post the person holds."""
    given = request.POST.get("delegation", "")
    mine = [holding.post_id for holding in holdings_of(request.user) if not holding.is_delegated]
    delegation = get_object_or_404(
        Delegation.objects.filter(post__in=mine).select_related("post__unit"), pk=given if given.isdecimal() else 0
    )
    try:
        operations.revoke_delegation(delegation, by=request.user)
    except BusinessError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The delegation has been revoked."))
    return SeeOther(reverse("organisations_own:posts"))
