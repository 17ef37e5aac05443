"""The staff home: puts together what the apps below registered in `core.panels`."""

from itertools import chain

from core import panels
from core.panels import Action, Panel, Row, Tile, register_action, register_panel

__all__ = ["Action", "Panel", "Row", "Tile", "compose", "register_action", "register_panel"]


def compose(request) -> dict:
    """All that waits for the person of this request, in the order it is shown."""
    found = panels.panels(request)
    lists = [panel for panel in found if panel.rows or panel.empty]
    return {
        "tiles": list(chain.from_iterable(panel.tiles for panel in found)),
        "lists": [panel for panel in lists if not panel.is_aside],
        "asides": [panel for panel in lists if panel.is_aside],
        "actions": panels.actions(request),
    }
