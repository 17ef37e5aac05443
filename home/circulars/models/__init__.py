"""Circulars: the act and its texts as editors work on them, and what was published, which never changes.

The circular is independent of language; its texts hang below it and are edited with it on one screen. Whatever is
published is frozen in a `CircularVersion`: readers are shown versions, never the editors' rows.
"""

from home.circulars.models.addressees import Action, Addressee, kinds_of
from home.circulars.models.circular import (
    Alias,
    Circular,
    CircularFile,
    CircularText,
    FourEyesTask,
    KnownAddress,
    Theme,
    audiences_of,
    issuing_organisations_of,
)
from home.circulars.models.following import Follow
from home.circulars.models.importing import ImportLine, ImportRun
from home.circulars.models.reading import Acknowledgement, DoneAction
from home.circulars.models.relations import CitationDecision, ExternalAct, Relation, paragraphs_in
from home.circulars.models.versions import CircularPrint, CircularVersion, Occurrence, ReachProof

__all__ = [
    "Acknowledgement",
    "Action",
    "Addressee",
    "Alias",
    "Circular",
    "CircularFile",
    "CircularPrint",
    "CircularText",
    "CircularVersion",
    "CitationDecision",
    "DoneAction",
    "ExternalAct",
    "Follow",
    "FourEyesTask",
    "ImportLine",
    "ImportRun",
    "KnownAddress",
    "Occurrence",
    "ReachProof",
    "Relation",
    "Theme",
    "audiences_of",
    "issuing_organisations_of",
    "kinds_of",
    "paragraphs_in",
]
