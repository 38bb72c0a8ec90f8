"""What customers say, and how they are asked (METRICS 3)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from simulator.almanac import DAY_S, local_day, local_month, month_start
from simulator.log import Log, SurveyInvitation, SurveyQuestion, SurveyResponse
from simulator.truth.benchmark import MIN_N, compared
from simulator.truth.customers import Customers
from simulator.truth.money import Base
from simulator.truth.referral import Told, told_referrals
from simulator.truth.service import is_excluded, quantile, survivors
from simulator.truth.table import Figure, ratio

HOUR_S = 3_600
RESPONSE_DAYS, LOOP_HOURS, ADVOCACY_DAYS = 14, 48, 180
PRESS_GAP_S = 3
LEVEL = "measurement_level"

# Points on the scale → from which position an answer is satisfied, and up to which it is not.
_CSAT = {2: (2, 1), 3: (3, 1), 4: (3, 2), 5: (4, 2), 7: (6, 3), 10: (9, 6)}


@dataclass(frozen=True)
class Answer:
    """A valid answer, the last of its person's wave or of its encounter."""

    response: SurveyResponse
    instrument: str
    bucket: int
    customer_id: str | None

    @property
    def month(self) -> int:
        return local_month(self.response.submitted_at)

    @property
    def is_press(self) -> bool:
        return _is_press(self.response)


def _is_press(response: SurveyResponse) -> bool:
    return (
        response.channel in ("kiosk", "smiley")
        and response.invitation_id is None
        and response.person_id is None
    )


def _bucket(question: SurveyQuestion, response: SurveyResponse) -> int | None:
    """1 good, -1 bad, 0 between; None where it is no answer."""
    score = response.score
    if not question.scale_min <= score <= question.scale_max:
        return None
    scale = (int(question.scale_min), int(question.scale_max))
    place = score - question.scale_min + 1
    if question.instrument == "nps":
        good, bad = (Decimal(9), Decimal(6)) if scale in ((0, 10), (1, 10)) else (None, None)
    elif question.instrument == "csat":
        edges = _CSAT.get(scale[1] - scale[0] + 1)
        good, bad = (Decimal(edges[0]), Decimal(edges[1])) if edges else (None, None)
        score = place
    elif question.instrument == "ces":
        is_ease = question.polarity == "ease" and scale == (1, 7)
        is_asked = response.measurement_level != "relationship"
        good, bad = (Decimal(5), Decimal(3)) if is_ease and is_asked else (None, None)
    elif question.instrument == "expectation":
        good, bad = (Decimal(3), Decimal(2)) if scale == (1, 5) else (None, None)
    else:
        good, bad = Decimal(scale[1]), Decimal(scale[0])
    if good is None or bad is None:
        return None
    return (score >= good) - (score <= bad)


def _question_of(log: Log) -> dict[tuple[str, int | None], SurveyQuestion]:
    """(question, version) → question; the version None is the newest."""
    found: dict[tuple[str, int | None], SurveyQuestion] = {}
    for question in sorted(log.survey_questions, key=lambda each: each.version or 0):
        found[question.question_id, question.version] = question
        found[question.question_id, None] = question
    return found


def _double_presses(responses: Iterable[SurveyResponse]) -> set[str]:
    """Presses within three seconds of the one before at the same place."""
    last: dict[tuple[str, str | None, str | None, str | None], int] = {}
    found = set()
    presses = [each for each in responses if _is_press(each)]
    for press in sorted(presses, key=lambda each: (each.submitted_at, each.response_id)):
        place = (press.question_id, press.touchpoint, press.unit, press.market)
        if press.submitted_at - last.get(place, -PRESS_GAP_S) < PRESS_GAP_S:
            found.add(press.response_id)
        last[place] = press.submitted_at
    return found


def answers(log: Log, as_of: int) -> list[Answer]:
    """Every answer that counts, each person's or encounter's last (3.1, 18)."""
    questions, customers = _question_of(log), Customers(log.customers)
    refused = {ticket.ticket_id for ticket in log.tickets if is_excluded(ticket)}
    refused |= {
        ticket.ticket_id for ticket in log.tickets if customers.is_internal(ticket.customer_id)
    }
    kept = survivors(log)
    owners = {person.person_id: person.customer_id for person in log.people}
    known = [each for each in log.survey_responses if each.submitted_at <= as_of]
    requesters = {
        ticket.ticket_id: ticket.customer_id or owners.get(ticket.person_id or "")
        for ticket in log.tickets
    }
    doubles = _double_presses(known)
    latest: dict[tuple[str, ...], Answer] = {}
    for response in sorted(known, key=lambda each: (each.submitted_at, each.response_id)):
        question = questions[response.question_id, response.question_version]
        bucket = _bucket(question, response)
        customer_id = (
            response.customer_id
            or owners.get(response.person_id or "")
            or requesters.get(response.ticket_id or "")
        )
        case_id = kept.get(response.ticket_id or "", response.ticket_id)
        response = response._replace(ticket_id=case_id)
        is_out = case_id in refused or customers.is_internal(customer_id)
        if bucket is None or is_out or response.response_id in doubles:
            continue
        key = (question.instrument, response.measurement_level, *_answered_once(response))
        latest[key] = Answer(response, question.instrument, bucket, customer_id)
    return list(latest.values())


def _answered_once(response: SurveyResponse) -> tuple[str, ...]:
    if response.measurement_level == "relationship" and response.person_id is not None:
        wave = response.wave or str(local_month(response.submitted_at))
        return ("person", response.person_id, wave)
    for kind in ("encounter", "invitation", "ticket"):
        key = getattr(response, f"{kind}_id")
        if key is not None:
            return (kind, key)
    return ("response", response.response_id)


Cells = dict[tuple[int, str], list[Answer]]


def _by_level(found: Iterable[Answer], instrument: str, last_month: int) -> Cells:
    cells: Cells = defaultdict(list)
    for answer in found:
        if answer.instrument == instrument and answer.month <= last_month:
            cells[answer.month, answer.response.measurement_level].append(answer)
    return cells


def _figure(metric_id: str, month: int, level: str, value: Decimal | None, n: int) -> Figure:
    """A figure of one level; small ones are not told (R11)."""
    return Figure(metric_id, "value", month, LEVEL, level, value if n >= MIN_N else None)


def _scores(found: list[Answer], base: Base) -> Iterator[Figure]:
    for (month, level), cell in _by_level(found, "nps", base.last_month).items():
        n = len(cell)
        good = sum(answer.bucket == 1 for answer in cell)
        bad = sum(answer.bucket == -1 for answer in cell)
        closing = base.cells[month, "all", "all"].n["closing"]
        for metric_id, value in (
            ("nps", Decimal(100 * (good - bad)) / n),
            ("promoter_count", Decimal(good)),
            ("detractor_count", Decimal(bad)),
            ("promoter_share", Decimal(good) / n),
            ("promoter_customers_est", Decimal(good * closing) / n),
        ):
            yield _figure(metric_id, month, level, value, n)
        yield from _weighted(cell, month, level, base)
    shares: tuple[tuple[str, str, Callable[[Answer], bool]], ...] = (
        ("csat", "csat", lambda answer: answer.bucket == 1),
        ("dsat", "csat", lambda answer: answer.bucket == -1),
        ("ces_easy_share", "ces", lambda answer: answer.response.score >= 5),
        ("expectation_met_rate", "expectation", lambda answer: answer.response.score >= 3),
        ("expectation_exceeded_rate", "expectation", lambda answer: answer.response.score >= 4),
    )
    for metric_id, instrument, is_met in shares:
        for (month, level), cell in _by_level(found, instrument, base.last_month).items():
            met = sum(is_met(answer) for answer in cell)
            yield _figure(metric_id, month, level, ratio(met, len(cell)), len(cell))
    for (month, level), cell in _by_level(found, "ces", base.last_month).items():
        total = sum((answer.response.score for answer in cell), Decimal(0))
        yield _figure("ces", month, level, total / len(cell), len(cell))


def _weighted(cell: list[Answer], month: int, level: str, base: Base) -> Iterator[Figure]:
    """Each customer weighs the same, or as much as it paid at the month's opening."""
    by_customer: dict[str, list[int]] = defaultdict(list)
    for answer in cell:
        if answer.customer_id is not None:
            by_customer[answer.customer_id].append(answer.bucket)
    n = sum(map(len, by_customer.values()))
    means = {key: Decimal(sum(buckets)) / len(buckets) for key, buckets in by_customer.items()}
    opening = {
        account.customer_id: account.value(month - 1, base.rates, month)
        for account in base.accounts
        if account.customer_id in means
    }
    weighted = sum((100 * means[key] * eur for key, eur in opening.items()), Decimal(0))
    plain = ratio(100 * sum(means.values(), Decimal(0)), len(means))
    yield _figure("nps_account_weighted", month, level, plain, n)
    by_money = ratio(weighted, sum(opening.values(), Decimal(0)))
    yield _figure("nps_revenue_weighted", month, level, by_money, n)


def _asked(log: Log, found: list[Answer], as_of: int, last_month: int) -> Iterator[Figure]:
    """Response rate and channels, by the month of sending."""
    customers, questions = Customers(log.customers), _question_of(log)
    answered = set()
    for response in log.survey_responses:
        question = questions[response.question_id, response.question_version]
        is_known = response.submitted_at <= as_of and response.invitation_id is not None
        if is_known and question.scale_min <= response.score <= question.scale_max:
            answered.add((response.invitation_id, question.instrument))
    sent: dict[tuple[int, str], list[SurveyInvitation]] = defaultdict(list)
    for invitation in log.survey_invitations:
        month = local_month(invitation.sent_at)
        is_out = invitation.delivery_status in ("bounced", "opted_out")
        if is_out or month > last_month or customers.is_internal(invitation.customer_id):
            continue
        sent[month, invitation.measurement_level or "unknown"].append(invitation)
    for (month, level), cell in sent.items():
        n = len(cell)
        replied = sum(
            (each.invitation_id, questions[each.question_id, None].instrument) in answered
            for each in cell
        )
        is_mature = month_start(month + 1) + RESPONSE_DAYS * DAY_S <= as_of
        rate = ratio(replied, n) if is_mature else None
        yield _figure("survey_response_rate", month, level, rate, n)
        top = max(Counter(each.channel for each in cell).values())
        yield _figure("survey_channel_dependency", month, level, ratio(top, n), n)


def _covered(log: Log, as_of: int, last_month: int) -> Iterator[Figure]:
    """Moments of truth that somebody asked about."""
    customers = Customers(log.customers)
    moments = {row.touchpoint for row in log.touchpoints if row.is_moment_of_truth}
    met: dict[tuple[str, str | None], list[tuple[int, str]]] = defaultdict(list)
    for row in log.encounters:
        if row.occurred_at <= as_of:
            met[row.touchpoint, row.person_id].append((row.occurred_at, row.encounter_id))
    covered = {row.encounter_id for row in log.survey_responses if row.submitted_at <= as_of}
    for sent in log.survey_invitations:
        if sent.touchpoint is None or sent.delivery_status == "opted_out":
            continue
        before = [
            each
            for each in met[sent.touchpoint, sent.person_id]
            if each[0] <= sent.sent_at <= as_of
        ]
        if before:
            covered.add(max(before)[1])
    pressed = {
        (row.touchpoint, local_day(row.submitted_at))
        for row in log.survey_responses
        if _is_press(row) and row.submitted_at <= as_of
    }
    cells: dict[int, list[bool]] = defaultdict(list)
    for row in log.encounters:
        month = local_month(row.occurred_at)
        is_counted = row.touchpoint in moments and not customers.is_internal(row.customer_id)
        if is_counted and month <= last_month and row.occurred_at <= as_of:
            at_terminal = (row.touchpoint, local_day(row.occurred_at)) in pressed
            cells[month].append(row.encounter_id in covered or at_terminal)
    for month, cell in cells.items():
        share = ratio(sum(cell), len(cell))
        yield _figure("moment_of_truth_coverage", month, "moment_of_truth", share, len(cell))


def _reacted(log: Log, found: list[Answer], as_of: int, last_month: int) -> Iterator[Figure]:
    """Whether, and how soon, somebody called back."""
    calls: dict[str, list[int]] = defaultdict(list)
    for row in log.followups:
        if row.followed_up_at <= as_of:
            calls[row.response_id].append(row.followed_up_at)
    cells: dict[tuple[int, str], list[int | None]] = defaultdict(list)
    for answer in found:
        response = answer.response
        if answer.instrument not in ("nps", "csat") or answer.bucket != -1 or answer.is_press:
            continue
        if answer.month <= last_month:
            later = [at for at in calls[response.response_id] if at >= response.submitted_at]
            wait = min(later) - response.submitted_at if later else None
            cells[answer.month, response.measurement_level].append(wait)
    for (month, level), waits in cells.items():
        in_time = sum(wait is not None and wait <= LOOP_HOURS * HOUR_S for wait in waits)
        is_mature = month_start(month + 1) + LOOP_HOURS * HOUR_S <= as_of
        rate = ratio(in_time, len(waits)) if is_mature else None
        yield _figure("closed_loop_rate", month, level, rate, len(waits))
        known = sorted(wait for wait in waits if wait is not None)
        if not known:
            continue
        for statistic, seconds in (
            ("mean", Decimal(sum(known)) / len(known)),
            ("median", quantile(known, Decimal("0.5"))),
            ("p90", quantile(known, Decimal("0.9"))),
        ):
            value = seconds / HOUR_S if len(known) >= MIN_N else None
            yield Figure("followup_hours", statistic, month, LEVEL, level, value)


def _advocated(found: list[Answer], told: list[Told], as_of: int, base: Base) -> Iterator[Figure]:
    """Promoters who told somebody within half a year."""
    by_referrer: dict[str, list[int]] = defaultdict(list)
    for row in told:
        by_referrer[row.referrer_id] += [row.invited_at]
        by_referrer[row.referrer_id] += [] if row.converted_at is None else [row.converted_at]
    for (month, level), cell in _by_level(found, "nps", base.last_month).items():
        promoters = [
            answer for answer in cell if answer.bucket == 1 and answer.customer_id is not None
        ]
        told_n = sum(
            any(
                0 < at - answer.response.submitted_at <= ADVOCACY_DAYS * DAY_S
                for at in by_referrer[answer.customer_id or ""]
            )
            for answer in promoters
        )
        if month_start(month + 1) + ADVOCACY_DAYS * DAY_S <= as_of and promoters:
            rate = ratio(told_n, len(promoters))
            yield _figure("promoter_advocacy_rate", month, level, rate, len(promoters))


def _reviewed(log: Log, as_of: int, last_month: int) -> Iterator[Figure]:
    """Public reviews, platform by platform."""
    cells: dict[tuple[int, str], list[Decimal]] = defaultdict(list)
    for row in log.reviews_public:
        month = local_month(row.published_on * DAY_S)
        if month <= last_month:
            place = (row.score - row.scale_min) / (row.scale_max - row.scale_min)
            cells[month, row.platform].append(place)
    for (month, platform), places in cells.items():
        value = sum(places, Decimal(0)) / len(places) if len(places) >= MIN_N else None
        yield Figure("public_review_score", "value", month, "platform", platform, value)


def _fresh(log: Log, found: list[Answer], as_of: int) -> Iterator[Figure]:
    """Days since the last answer at each touchpoint."""
    last: dict[str, int] = {}
    for answer in found:
        touchpoint = answer.response.touchpoint
        if touchpoint is not None:
            day = local_day(answer.response.submitted_at)
            last[touchpoint] = max(day, last.get(touchpoint, day))
    today = local_day(as_of)
    for touchpoint in {row.touchpoint for row in log.touchpoints} | set(last):
        days = None if touchpoint not in last else Decimal(today - last[touchpoint])
        yield Figure(
            "touchpoint_freshness_days", "value", local_month(as_of), "touchpoint", touchpoint,
            days, "as_of",
        )  # fmt: skip


def _compared(found: list[Answer], last_month: int) -> Iterator[Figure]:
    """What the customers of one unit say, beside the company's (10.4)."""
    rates = {
        "csat": "csat", "nps": "promoter_share", "ces": "ces_easy_share",
        "expectation": "expectation_met_rate",
    }  # fmt: skip
    for instrument, rate in rates.items():
        for (month, level), cell in _by_level(found, instrument, last_month).items():
            judged = [(answer.response.unit, answer.bucket == 1) for answer in cell]
            yield from compared(f"{rate}_{level}", month, judged)


def voice_figures(log: Log, as_of: int, base: Base) -> Iterator[Figure]:
    """Every figure of what customers say; by measurement level, which are never pooled."""
    found = answers(log, as_of)
    told = told_referrals(log, as_of)
    yield from _scores(found, base)
    yield from _asked(log, found, as_of, base.last_month)
    yield from _covered(log, as_of, base.last_month)
    yield from _reacted(log, found, as_of, base.last_month)
    yield from _advocated(found, told, as_of, base)
    yield from _reviewed(log, as_of, base.last_month)
    yield from _fresh(log, found, as_of)
    yield from _compared(found, base.last_month)


def score_totals(log: Log, as_of: int, last_month: int) -> Iterator[Figure]:
    """Answers in every cell of marts.cx_score, whose size is told also where the score is not."""
    customers = Customers(log.customers)
    cells: Counter[tuple[str, int, str, str]] = Counter()
    for answer in answers(log, as_of):
        if answer.instrument == "fcr" or answer.month > last_month:
            continue
        response = answer.response
        customer = customers.at(answer.customer_id, response.submitted_at)
        segment = customer.segment if customer else None
        values = [
            value or "unknown"
            for value in (response.touchpoint, response.unit, response.market, segment)
        ]
        cuts = [["all"] * 4, values]
        cuts += [
            [value if at == place else "all" for at, value in enumerate(values)]
            for place in range(4)
        ]
        for cut in cuts:
            key = (answer.instrument, answer.month, response.measurement_level, "|".join(cut))
            cells[key] += 1
    for (instrument, month, level, cut_text), n in cells.items():
        yield Figure("cx_score.n", instrument, month, level, cut_text, Decimal(n))
