"""What the pages of several rooms share: reading small forms, labels, and messages in the page's language."""

import csv
from pathlib import Path
from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import get_language


class Text(forms.Field):
    """A text, empty if it is missing. NUL is dropped, since PostgreSQL cannot store it; the verbs check the rest."""

    def clean(self, value: str | None) -> str:
        """The text without NUL and without space around it."""
        return (value or "").replace("\0", "").strip()


class OneOf(forms.TypedChoiceField):
    """The value of a button: one of ``words``, read as it is, or of the names of ``meanings``, read as what it means."""

    def __init__(self, *words: str, **meanings: Any) -> None:
        offered = {word: word for word in words} | meanings
        super().__init__(choices=[(word, word) for word in offered], coerce=offered.__getitem__)


def read_form(data: QueryDict, **fields: forms.Field) -> dict[str, Any]:
    """The values of a small form, each read by its field. Raises ``Http404`` for what none of our pages sends."""
    try:
        return {name: field.clean(data.get(name)) for name, field in fields.items()}
    except forms.ValidationError:
        raise Http404 from None


def read_labels(file: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """The labels in a CSV with the columns list, code, zh and en: by list and code, in Chinese and in English."""
    labels: dict[str, dict[str, tuple[str, str]]] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            labels.setdefault(row["list"], {})[row["code"]] = row["zh"], row["en"]
    return labels


class Bilingual(Protocol):
    """An error with a text in Chinese and in English."""

    zh: str
    en: str


def in_english() -> bool:
    """Whether the page is in English; it is in Chinese otherwise."""
    return (get_language() or "").startswith("en")


def show_error(request: HttpRequest, error: Bilingual) -> None:
    """Show an error on the next page, in the page's language."""
    messages.error(request, error.en if in_english() else error.zh)
