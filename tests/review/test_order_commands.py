"""``openbeian review withdraw`` and ``abandon``: an order given up from the command line, for its organizer."""

from collections.abc import Callable

import pytest
import typer.main
from click.testing import Result
from typer.testing import CliRunner

from openbeian.cli import app
from openbeian.filings.errors import Conflict, NotFound
from openbeian.filings.models import Order
from openbeian.filings.queries import timeline
from openbeian.review.verbs import ReviewFinding, return_for_completion
from tests.orders import REVIEWER, submitted  # noqa: F401

pytestmark = pytest.mark.django_db


def openbeian(*words: str) -> Result:
    said = CliRunner().invoke(app, ["review", *words], prog_name="openbeian")
    if said.exception and not isinstance(said.exception, SystemExit):
        raise said.exception
    return said


def last_event(order: Order) -> str:
    event = timeline(order).last()
    assert event is not None
    return f"{event.tag} {event.actor_role}/{event.actor_id}"


def test_an_order_under_review_is_withdrawn(submitted: Callable[..., Order]) -> None:  # noqa: F811
    order = submitted()
    with pytest.raises(Conflict):
        openbeian("abandon", str(order.pk))
    said = openbeian("withdraw", str(order.pk))
    assert (said.exit_code, said.stdout) == (0, f"#{order.pk}  {order.appid}  首次备案  已撤回  期限 due –\n")
    assert last_event(order) == "order:withdraw organizer/command-line"
    with pytest.raises(Conflict):
        openbeian("withdraw", str(order.pk))


def test_an_order_that_waits_for_its_organizer_is_abandoned(submitted: Callable[..., Order]) -> None:  # noqa: F811
    order = submitted()
    return_for_completion(order_id=order.pk, reviewer=REVIEWER, findings=[
        ReviewFinding("service.description", "内容过简", "说明实际业务")])
    with pytest.raises(Conflict):
        openbeian("withdraw", str(order.pk))
    assert "已撤回" in openbeian("abandon", str(order.pk)).stdout
    assert last_event(order) == "order:abandon organizer/command-line"


@pytest.mark.parametrize("command", ["withdraw", "abandon"])
def test_wrong_calls_and_help(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotFound):
        openbeian(command, "1")
    assert openbeian(command, "x").exit_code == openbeian(command).exit_code == openbeian(command, "0").exit_code == 2
    assert openbeian(command, str(2**63)).exit_code == 2
    review = typer.main.get_group(app).get_command(None, "review")  # type: ignore[arg-type]
    found = review.get_command(None, command)  # type: ignore[union-attr]
    assert found.epilog == f"Example: openbeian review {command} 12"
    assert f"Example: openbeian review {command} 12" in openbeian(command, "--help").stdout
