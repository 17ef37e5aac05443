from django import template
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from core.text import ltr
from home.models import NewsPage

register = template.Library()


@register.simple_tag(takes_context=True)
def latest_news(context, number):
    """The latest news that the reader of this page may see, in the page's language."""
    return NewsPage.objects.visible_to(context["request"].user).latest_first()[:number]


@register.simple_tag
def act_name(kind, number):
    """An act as sentences name it, with no space around it: links and brackets fit it closely."""
    words = {"kind": escape(kind), "number": escape(ltr(number))}
    name = gettext('%(kind)s no. <span class="num">%(number)s</span>') % words
    return mark_safe(name)  # noqa: S308 - both parts are escaped
