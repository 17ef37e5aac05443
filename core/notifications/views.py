from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.notifications import demo, operations, tasks, wording
from core.notifications.forms import MailChoiceForm
from core.notifications.models import Notification
from core.panels import Entry
from core.prepared import Prepared
from core.views import SeeOther

ON_A_PAGE = 25


@require_safe
def listing(request):
    """What is new for the person signed in, newest first."""
    notices = Notification.objects.visible_to(request.user)
    page = Paginator(notices, ON_A_PAGE).get_page(request.GET.get("page"))
    lines = tasks.lines_on_site(list(page.object_list), request.user, get_language())
    context = {
        "page": page,
        "rows": list(zip(page.object_list, lines, strict=True)),
        "unread": notices.unread().count(),
        "newest": page.object_list[0].pk if page.object_list else 0,
        "form": MailChoiceForm(initial={"notices": request.user.notices}),
    }
    return TemplateResponse(request, "notifications/list.html", context)


@require_safe
def follow(request, pk):
    """Lead to what a notice is about; that it was read is noted."""
    notice = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    operations.mark_read(notice, by=request.user)
    return SeeOther(wording.in_language(notice.url, get_language()) or reverse("notifications:list"))


@require_POST
def read_all(request):
    """Mark as read all that the page showed; what came since stays new."""
    shown = request.POST.get("up_to", "")
    operations.mark_all_read(by=request.user, up_to=int(shown) if shown.isdecimal() else 0)
    return SeeOther(reverse("notifications:list"))


@require_POST
def mail_choice(request):
    """How notices also come by e-mail."""
    form = MailChoiceForm(request.POST)
    if form.is_valid():
        operations.choose_mail(request.user, by=request.user, **form.cleaned_data)
        messages.success(request, _("Your choice has been saved."))
    else:
        messages.error(request, _("Choose one of the ways listed."))
    return SeeOther(reverse("notifications:list"))


@login_not_required
@require_safe
def mailbox(request):
    """The mails of the demonstration, which never leave the machine; elsewhere this page does not exist."""
    if not settings.DEMO:
        raise Http404
    page = Paginator(demo.mails(), ON_A_PAGE).get_page(request.GET.get("page"))
    return TemplateResponse(request, "notifications/mailbox.html", {"page": page})


@Prepared
def _unread(user):
    unread = Notification.objects.filter(recipient=user).unread()
    return unread.order_by().values("recipient").annotate(number=Count("pk")).values_list("number")


def menu_entry(request):
    """The entry of the staff menu, with what has not been read."""
    if not request.user.is_authenticated:
        return None
    unread = sum(number for (number,) in _unread(user=request.user.pk))
    return Entry(_("Notices"), reverse("notifications:list"), count=unread, order=80)
