from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.urls import reverse, translate_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.users import operations
from core.users.enums import Language
from core.users.forms import ProfileForm
from core.users.models import User
from core.views import SeeOther

YEAR = 365 * 24 * 3600


@require_http_methods(["GET", "POST"])
def profile(request):
    """The own account: name, language, notices, and the ways to password, second factor and sessions."""
    user = User.objects.get(pk=request.user.pk)  # the form writes on its instance, also what is refused
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        operations.change_profile(request.user, by=request.user, **form.cleaned_data)
        with translation.override(request.user.language):
            messages.success(request, _("Your profile has been saved."))
            return _keep_language(SeeOther(reverse("users:profile")), request.user.language)
    return TemplateResponse(request, "users/profile.html", {"form": form})


@login_not_required
@require_POST
def set_language(request):
    """Show the same page in another language, and keep that language for the next visits."""
    language = request.POST.get("language", "")
    if language not in Language.values:
        return HttpResponseBadRequest()
    if request.user.is_authenticated:
        operations.choose_language(request.user, language=language)
    page = request.POST.get("next") or request.headers.get("referer") or "/"
    if not url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        page = "/"
    page = f"/{language}/" if page == "/" else translate_url(page, language)
    return _keep_language(SeeOther(page), language)


def not_here(request, *args, **kwargs):
    """Pages of allauth that this house does not have: sign-up, and addresses people would add themselves."""
    raise Http404


not_here = login_not_required(not_here)


def _keep_language(response, language):
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=YEAR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
