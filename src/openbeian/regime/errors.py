"""The base of errors that people are shown."""


class BilingualError(Exception):
    """An error with a stable ``code`` and a text in Chinese and in English, free of personal data.

    A subclass states its texts, or is given them where it is raised.
    """

    code = ""
    zh = ""
    en = ""

    def __init__(self, zh: str = "", en: str = "", *, code: str = "") -> None:
        self.zh, self.en, self.code = zh or self.zh, en or self.en, code or self.code
        super().__init__(self.en)
