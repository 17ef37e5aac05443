from django import template

from home.models import NewsPage

register = template.Library()


@register.simple_tag(takes_context=True)
def latest_news(context, number):
    """The latest news that the reader of this page may see, in the page's language."""
    return NewsPage.objects.visible_to(context["request"].user).latest_first()[:number]
