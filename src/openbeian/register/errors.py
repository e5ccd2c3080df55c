"""What can be wrong with a request to the register. Texts are in both languages and free of personal data."""


class RegisterError(Exception):
    """Base: a stable ``code`` and a text in Chinese and English. The change it stopped is taken back whole."""

    code = "register_error"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class NumberRefused(RegisterError):
    """A number that cannot be the one for this approval: malformed, of another organizer, or used before."""

    code = "number_refused"


class NotInForce(RegisterError):
    """There is no such number in force to cancel."""

    code = "not_in_force"


class NotFound(RegisterError):
    """The register knows no such number or name."""

    code = "not_found"
