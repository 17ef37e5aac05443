"""Text: cleaned as people type it (`cleaning`), and taken apart for search in three languages (`analysis`)."""

from .analysis import Analysis, analyse, grams, words
from .cleaning import LRI, PDI, clean_line, clean_text, ltr, plain_number
from .folding import fold

__all__ = [
    "LRI",
    "PDI",
    "Analysis",
    "analyse",
    "clean_line",
    "clean_text",
    "fold",
    "grams",
    "ltr",
    "plain_number",
    "words",
]
