"""The whole company: its log, and the folder that a warehouse is given.

`simulate` is the log alone, `write_company` what `mittaristo demo --files` calls.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator import company
from simulator.almanac import add_months, first_day
from simulator.aside import begin
from simulator.chance import Chance
from simulator.company import AS_OF, AS_OF_DAY, DESKS, FIRST_MONTH, HOURS, LAST_MONTH, hours_of
from simulator.files import utc_text, write_files
from simulator.life import Life, first_days
from simulator.log import AgentTime, Log, entities
from simulator.mess import Delivery, make_mess, write_mess
from simulator.restate import Restated, restate, restated_figures
from simulator.selling import sell
from simulator.service import Helpdesk, Requester, moment_in
from simulator.truth import HALVES, Truth, together, truth_of
from simulator.truth.table import write_figures
from simulator.voice import hear_strangers


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Millions of rows that all stay alive: looking for garbage among them only takes time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


_TOLD_EVERY = 2_000
# So many customers that the truth is worth processes of its own.
_MANY = 2_000


def _silent(_: str) -> None:
    """Nobody waits for progress."""


def simulate(customers: int, seed: int, tell: Callable[[str], None] = _silent) -> Log:
    """The log of a company with so many customers over its life."""
    log = Log(
        services=list(company.SERVICES),
        prices=company.price_rows(),
        fx_rates=company.fx_rows(seed),
        units=company.unit_rows(),
        teams=company.team_rows(),
        agents=company.agent_rows(),
        sla_policies=company.sla_rows(),
        survey_questions=company.question_rows(),
        touchpoints=company.touchpoint_rows(),
        changes=company.change_rows(),
        metric_targets=company.target_rows(),
        costs=company.cost_rows(seed, customers),
    )
    desk = Helpdesk(log)
    for number, day in enumerate(first_days(customers, seed)):
        Life(log, desk, seed, number, day).live()
        if (number + 1) % _TOLD_EVERY == 0:
            tell(f"{number + 1:,} of {customers:,} customers")
    if seed % 2:
        # Every other billing system keeps no history of states; CONTRACT.md says how to do without.
        log.subscription_states = []
    sell(log, seed)
    _strangers_call(log, desk, seed, customers)
    hear_strangers(log, seed, customers)
    _agents_work(log, seed)
    return log


def _strangers_call(log: Log, desk: Helpdesk, seed: int, customers: int) -> None:
    """Calls from numbers that nobody knows."""
    chance = Chance(seed, "strangers")
    for month in range(FIRST_MONTH, LAST_MONTH + 2):
        days = range(first_day(month), min(first_day(month + 1), AS_OF_DAY))
        for _ in range(2 + customers // 100):
            instant = moment_in(chance, days)
            team = chance.one_of(["tuki", "aspa"])
            is_open = hours_of(team, instant).between(instant, instant + 900) == 900
            requester = Requester(None, None, "tuntematon")
            if instant < AS_OF:
                desk.incoming_call(chance, requester, instant, None, team, is_open)


def _agents_work(log: Log, seed: int) -> None:
    """Signed-in time of each agent on each open day of the last year."""
    chance = Chance(seed, "agents")
    for day in range(add_months(AS_OF_DAY, -12), AS_OF_DAY):
        for desk in DESKS.values():
            open_s = sum(end - start for start, end in HOURS[desk.team].spans(day))
            if not open_s:
                continue
            for agent in desk.agents:
                handling = open_s * chance.between(45, 75) // 100
                breaks, training = open_s // 10, open_s * chance.below(6) // 100
                idle = open_s - handling - breaks - training
                log.agent_time.append(
                    AgentTime(agent, day, open_s, idle, handling, breaks, training)
                )


@dataclass(frozen=True)
class Wanted:
    """Which company is written, and how carelessly; `form` is csv or parquet.

    `is_messy` changes no figure. `is_restated` holds rows back for a second delivery.
    """

    customers: int
    seed: int
    is_messy: bool = False
    form: str = "csv"
    is_restated: bool = False


@dataclass(frozen=True)
class _Made:
    """A company's log, and what it delivers of it, first and later."""

    log: Log
    first: Log
    delivery: Delivery
    restated: Restated | None


def write_company(folder: Path, wanted: Wanted, tell: Callable[[str], None] = _silent) -> Path:
    """Write `inbox/`, `truth/` and, last, `as_of.txt` under an empty folder; returns the inbox.

    A restated company has `inbox-later/` as well, and `truth/before/` holds what is true without
    it. What is wanted decides every byte, on any machine. `tell` is told how far it is.
    """
    with _no_garbage_collection():
        made = _make(wanted, tell)
        tell("files and truth")
        true_later = _begin_truth(made.log)
        truth = folder / "truth"
        _write_inboxes(folder, wanted, made)
        write_mess(truth, made.delivery, made.restated)
        true = together(*(wait() for wait in true_later))
        _write_truth(truth, true)
        if made.restated:
            before = truth_of(made.first, AS_OF)
            _write_truth(truth / "before", before)
            changed = restated_figures(before.figures, true.figures)
            write_figures(truth / "restated.csv", changed)
        (folder / "as_of.txt").write_text(utc_text(AS_OF) + "\n", encoding="utf-8")
    return folder / "inbox"


def write_inboxes(folder: Path, wanted: Wanted) -> Path:
    """What the company delivers, for whom its truth would be half the work and of no use."""
    with _no_garbage_collection():
        _write_inboxes(folder, wanted, _make(wanted, _silent))
    return folder / "inbox"


def _make(wanted: Wanted, tell: Callable[[str], None]) -> _Made:
    log = simulate(wanted.customers, wanted.seed, tell)
    restated = restate(log, wanted.seed) if wanted.is_restated else None
    first = restated.first if restated else log
    if wanted.is_messy:
        delivery = make_mess(first, wanted.seed, wanted.form)
    else:
        delivery = Delivery({entity: [getattr(first, entity)] for entity in entities()})
    return _Made(log, first, delivery, restated)


def _write_inboxes(folder: Path, wanted: Wanted, made: _Made) -> None:
    write_files(folder / "inbox", made.delivery.files, wanted.form)
    if made.restated:
        later = {entity: [rows] for entity, rows in made.restated.later.items()}
        write_files(folder / "inbox-later", later, wanted.form)


def _begin_truth(log: Log) -> list[Callable[[], Truth]]:
    """The halves of the truth, on other cores where it takes long; what is returned waits."""
    halves = [partial(half, log, AS_OF) for half in HALVES]
    return [begin(half) for half in halves] if len(log.customers) >= _MANY else list(halves)


def write_truth(folder: Path, log: Log) -> None:
    """Write the figures that are true of a log."""
    _write_truth(folder, truth_of(log, AS_OF))


def _write_truth(folder: Path, true: Truth) -> None:
    write_figures(folder / "metric_value.csv", true.figures)
    write_figures(folder / "mart_total.csv", true.mart_totals)
