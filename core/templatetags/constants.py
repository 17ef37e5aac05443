"""Django's `i18n` and `static`, but `{% translate %}`, `{% static %}` and `{% url %}` of a text in the template itself
are worked out once for each language. Settings give this library in the place of both.
"""

from django import template
from django.template import defaulttags
from django.templatetags import i18n, static
from django.utils.translation import get_language

register = template.Library()
for _library in (i18n.register, static.register):
    register.tags.update(_library.tags)
    register.filters.update(_library.filters)


class ConstantNode(template.Node):
    """Keeps what `node` gives, which depends on nothing but the language and whether values are escaped."""

    def __init__(self, node):
        self.node, self.given = node, {}

    def render(self, context):
        key = get_language(), context.autoescape
        if key not in self.given:
            self.given[key] = self.node.render(context)
        return self.given[key]


def _is_literal(expression) -> bool:
    """A text in the template itself. Django's `translate` makes a variable of it, which then has a `literal`."""
    literal = expression.var.literal if isinstance(expression.var, template.Variable) else expression.var
    return literal is not None and not expression.filters


@register.tag
def translate(parser, token):
    node = i18n.do_translate(parser, token)
    texts = [node.filter_expression, *([node.message_context] if node.message_context else [])]
    return node if node.asvar or not all(map(_is_literal, texts)) else ConstantNode(node)


@register.tag("static")
def static_url(parser, token):
    node = static.do_static(parser, token)
    return node if node.varname or not _is_literal(node.path) else ConstantNode(node)


@register.tag
def url(parser, token):
    node = defaulttags.url(parser, token)
    has_more = node.args or node.kwargs or node.asvar
    return node if has_more or not _is_literal(node.view_name) else ConstantNode(node)
