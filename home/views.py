from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from wagtail import views as wagtail_views

from core.appearance import remember_theme
from core.dates import today
from core.organisations.permissions import posts_of
from core.public import public_page
from core.views import SeeOther
from home import dashboard
from home.models import NewsPage, StaffHomePage


@public_page
@login_not_required
def serve(request, path):
    """Wagtail's pages; for whom each one is, `home.wagtail_hooks.check_audience` decides."""
    return wagtail_views.serve(request, path)


@require_safe
def staff_home(request):
    """“My desk” of the person signed in: what waits, what is late, news."""
    page = StaffHomePage.objects.live().filter(locale__language_code=get_language()).first()
    context = {
        "page": page,
        "today": today(),
        "posts": posts_of(request.user).select_related("unit"),
        "news": NewsPage.objects.visible_to(request.user).latest_first()[:3],
        **dashboard.compose(request),
    }
    return TemplateResponse(request, "home/staff_home_page.html", context)


@csrf_exempt  # a forged request could change nothing but light and dark; a token would cost every public page a cookie
@login_not_required
def theme(request):
    """Remember light or dark, or follow the device again; back to the page it was asked on."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("wagtail_serve", args=[""])
    return remember_theme(request, SeeOther(back), request.POST.get("theme", ""))
