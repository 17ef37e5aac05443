"""Light or dark, as the reader asked for: kept in a cookie, which pages read before they are drawn."""

THEMES = {"light", "dark"}
YEAR = 365 * 24 * 3600


def theme_of(request) -> str:
    """What was asked for; empty where the page follows the device."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def remember_theme(request, response, theme: str):
    """Keep light or dark; with anything else the pages follow the device again."""
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
