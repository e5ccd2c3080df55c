"""What the pages of several rooms share: reading small forms, and messages in the page's language."""

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
