"""The lifecycle table as a page of the documentation. ``python -m openbeian.regime.diagram`` prints it."""

from openbeian.regime.lifecycle import (
    ACTION_LABELS,
    CANCELLATIONS,
    FILINGS,
    IDLE_LIMIT,
    MOVES,
    SMS_WINDOW,
    STATE_LABELS,
    WORKING_DAY_LIMITS,
    Move,
    State,
)

_HEAD = """# The life of an order (订单流转)

Made from the table in `regime/lifecycle.py` by `python -m openbeian.regime.diagram > docs/reference/lifecycle.md`;
a test holds the two together. The same table is the guard of every move, the buttons, the API's answers and the
database trigger.

"""


def _kinds(row: Move) -> str:
    return {FILINGS: "filings only", CANCELLATIONS: "cancellations only"}.get(row.kinds, "")


def _limit(state: State) -> str:
    if state == State.SMS_PENDING:
        return f"{SMS_WINDOW.total_seconds() / 3600:.0f} hours"
    if state in WORKING_DAY_LIMITS:
        return f"{WORKING_DAY_LIMITS[state]} working days"
    return f"{IDLE_LIMIT.days} days idle" if any(row.source == state and row.action == "expire" for row in MOVES) else "–"


def as_markdown() -> str:
    """The whole page: a diagram, the states with their limits, every row of the table."""
    arrows = sorted({
        f"    {row.source} --> {row.target}: {row.action}" for row in MOVES if row.source and row.source != row.target})
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft: open", *arrows, "```", "", "## States", "",
             "| state | 中文 | limit | what the organizer does |", "|---|---|---|---|"]
    lines += [f"| `{s}` | {STATE_LABELS[s].zh} | {_limit(s)} | {STATE_LABELS[s].to_do_en} |" for s in State]
    lines += ["", "## Moves", "", "| from | action | 中文 | by | to | |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {f'`{row.source}`' if row.source else '–'} | {row.action} | {ACTION_LABELS[row.action][0]} | {row.role} | "
        f"`{row.target}` | {_kinds(row)} |" for row in MOVES]
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(as_markdown(), end="")
