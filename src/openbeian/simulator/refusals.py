"""What the administration answers to a command that it cannot carry out."""


class SimulatorError(Exception):
    """A command the administration cannot carry out; `code` is stable, `zh` and `en` say why."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en
