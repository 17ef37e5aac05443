"""Two languages of one version side by side, paragraph by paragraph."""

from home.circulars.blocks import PARAGRAPH


def rows(one: dict, other: dict) -> list[dict]:
    """The blocks of two texts in rows that share a paragraph; a heading goes with the paragraph below it."""
    groups, others = _groups(one["blocks"]), _groups(other["blocks"])
    anchors = [*groups, *(anchor for anchor in others if anchor not in groups)]
    return [{"anchor": anchor, "cells": [groups.get(anchor, []), others.get(anchor, [])]} for anchor in anchors]


def _groups(blocks) -> dict[str, list[dict]]:
    """Each paragraph with what stands between it and the one before; what follows the last has no anchor."""
    found, waiting = {}, []
    for block in blocks:
        waiting.append(block)
        if block["type"] == PARAGRAPH and block["anchor"]:
            found[block["anchor"]], waiting = waiting, []
    return found | ({"": waiting} if waiting else {})
