"""What customers say: surveys on three levels, presses at a kiosk, public reviews, follow-ups,
quality reviews.

An answer depends on the mood that the customer's experiences left, so that the scores are evidence
of something that happened.
"""

from __future__ import annotations

import zlib
from decimal import Decimal
from typing import NamedTuple

from simulator import almanac
from simulator.almanac import DAY_S, first_day, midnight
from simulator.chance import Chance
from simulator.company import AS_OF, AS_OF_DAY, FIRST_MONTH, LAST_MONTH, NEW_SCALES_DAY, TOUCHPOINTS
from simulator.log import (
    Encounter,
    Followup,
    Log,
    PublicReview,
    QaReview,
    SurveyInvitation,
    SurveyResponse,
)
from simulator.service import Experience, Requester

HOUR_S = 3_600
_CHANNELS = [("email", 0.75), ("sms", 0.2), ("web", 0.05)]
_DELIVERY = [("delivered", 0.93), ("bounced", 0.04), ("opted_out", 0.03)]
# Answers by mood: 0 bad, 1 plain, 2 good.
_NPS = ((0, 1, 3, 4, 5, 6, 6, 7), (5, 6, 7, 7, 8, 8, 9, 10), (7, 8, 9, 9, 9, 10, 10, 10))
_CSAT = ((1, 1, 2, 2, 3), (2, 3, 4, 4, 5), (4, 4, 5, 5, 5))
_EASE = ((1, 2, 3, 4), (3, 4, 5, 6), (5, 6, 7, 7))
_EFFORT = ((3, 4, 5, 5), (2, 3, 3, 4), (1, 1, 2, 2))
_EXPECTATION = ((1, 2, 2, 3), (2, 3, 3, 4), (3, 4, 4, 5))
_YES_NO = ((0, 0, 0, 1), (0, 1, 1, 1), (0, 1, 1, 1))
_SCORES = {"nps-fi": _NPS, "csat-5": _CSAT, "odotus-5": _EXPECTATION, "fcr-2": _YES_NO}
_DETRACTOR_MAX = 6
_CASE_QUESTIONS = [("csat-5", 0.5), ("ces-7", 0.2), ("odotus-5", 0.2), ("fcr-2", 0.1)]
_JOURNEY_QUESTIONS = [("csat-5", 0.3), ("ces-7", 0.3), ("odotus-5", 0.3), ("nps-fi", 0.1)]
_GOODBYE_QUESTIONS = [("csat-5", 0.4), ("odotus-5", 0.4), ("nps-fi", 0.2)]


class Asked(NamedTuple):
    """What an answer is about; without a touchpoint the whole relationship."""

    question: str
    level: str
    touchpoint: str | None = None
    encounter_id: str | None = None
    experience: Experience | None = None


class Surveys:
    """Sends the questions and records the answers."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def after_case(
        self, chance: Chance, requester: Requester, experience: Experience, mood: int
    ) -> None:
        """Satisfaction, effort, expectation or resolution, asked of some after their case."""
        instant = experience.ended_at + HOUR_S
        if requester.customer is None or experience.ticket_id is None or instant >= AS_OF:
            return
        encounter_id = self._meet("tuki-ratkaisu", requester, experience.ended_at)
        if chance.happens(0.6):
            question = chance.weighted(_CASE_QUESTIONS)
            asked = Asked(question, "moment_of_truth", "tuki-ratkaisu", encounter_id, experience)
            self._ask(chance, requester, instant, asked, mood)

    def at_touchpoint(
        self, chance: Chance, requester: Requester, touchpoint: str, instant: int, mood: int
    ) -> None:
        """Asked of some when they began to use the service, and when they left it."""
        if instant + HOUR_S >= AS_OF:
            return
        _, is_moment_of_truth = TOUCHPOINTS[touchpoint]
        encounter_id = self._meet(touchpoint, requester, instant)
        if chance.happens(0.5):
            questions = _GOODBYE_QUESTIONS if is_moment_of_truth else _JOURNEY_QUESTIONS
            level = "moment_of_truth" if is_moment_of_truth else "journey"
            asked = Asked(chance.weighted(questions), level, touchpoint, encounter_id)
            self._ask(chance, requester, instant + HOUR_S, asked, mood)

    def relationship(
        self, chance: Chance, requester: Requester, instant: int, mood: int
    ) -> int | None:
        """Recommendation, asked of most each quarter; returns the score.

        Some are asked as well whether the company is what they expected.
        """
        if chance.happens(0.25):
            self._ask(chance, requester, instant + 60, Asked("odotus-5", "relationship"), mood)
        return self._ask(chance, requester, instant, Asked("nps-fi", "relationship"), mood)

    def _meet(self, touchpoint: str, requester: Requester, instant: int) -> str:
        encounter_id = f"en{len(self.log.encounters) + 1}"
        self.log.encounters.append(
            Encounter(encounter_id, touchpoint, instant, requester.customer_id, requester.person_id)
        )
        return encounter_id

    def _ask(
        self, chance: Chance, requester: Requester, instant: int, asked: Asked, mood: int
    ) -> int | None:
        channel = chance.weighted(_CHANNELS)
        delivery = chance.weighted(_DELIVERY)
        invitation_id = f"si{len(self.log.survey_invitations) + 1}"
        self.log.survey_invitations.append(
            SurveyInvitation(
                invitation_id, asked.question, channel, instant, requester.person_id,
                requester.customer_id, asked.touchpoint, asked.level, delivery,
            )
        )  # fmt: skip
        submitted_at = instant + chance.spread((60, HOUR_S, 8 * HOUR_S, DAY_S, 10 * DAY_S))
        if delivery != "delivered" or submitted_at >= AS_OF or not chance.happens(0.45):
            return None
        response = self._answer(
            chance, requester, asked, mood, channel, invitation_id, submitted_at
        )
        self._follow_up(chance, response)
        again = submitted_at + chance.between(60, 3 * HOUR_S)
        if chance.happens(0.04) and again < AS_OF:
            # Pressed once more, having thought it over: the last answer counts.
            self._answer(chance, requester, asked, mood, channel, invitation_id, again)
        return int(response.score)

    def _answer(
        self,
        chance: Chance,
        requester: Requester,
        asked: Asked,
        mood: int,
        channel: str,
        invitation_id: str,
        submitted_at: int,
    ) -> SurveyResponse:
        version, score = _score(chance, asked.question, mood, submitted_at)
        month = almanac.local_month(submitted_at)
        half = "kevat" if month % 12 < 6 else "syksy"
        experience = asked.experience
        has_wave = asked.touchpoint is None and asked.question == "nps-fi"
        response = SurveyResponse(
            f"sr{len(self.log.survey_responses) + 1}",
            asked.question,
            asked.level,
            Decimal(score),
            submitted_at,
            version,
            invitation_id,
            asked.encounter_id,
            requester.person_id,
            requester.customer_id,
            experience.ticket_id if experience else None,
            experience.agent_id if experience else None,
            unit="palvelu" if asked.touchpoint else None,
            market=requester.customer.country if requester.customer else None,
            touchpoint=asked.touchpoint,
            channel=channel,
            wave=f"{month // 12}-{half}" if has_wave else None,
        )
        self.log.survey_responses.append(response)
        return response

    def _follow_up(self, chance: Chance, response: SurveyResponse) -> None:
        """Somebody calls most of those who were not content."""
        worst = {"nps-fi": _DETRACTOR_MAX, "csat-5": 2}.get(response.question_id)
        if worst is None or response.score > worst or not chance.happens(0.6):
            return
        waits = (HOUR_S, 20 * HOUR_S, 48 * HOUR_S, 5 * DAY_S)
        followed_at = response.submitted_at + chance.spread(waits)
        if followed_at < AS_OF:
            self.log.followups.append(Followup(response.response_id, followed_at, "Venla"))

    def review_quality(self, chance: Chance, experience: Experience) -> None:
        """A colleague reads some cases and scores them by category."""
        instant = experience.ended_at + 3 * DAY_S
        if experience.agent_id is None or experience.ticket_id is None:
            return
        if instant >= AS_OF or not chance.happens(0.06):
            return
        review_id = f"q-{experience.ticket_id}"
        reviewer = chance.one_of(("daavid", "venla"))
        for category, weight, is_critical in (
            ("savy", 1, False), ("ratkaisu", 3, True), ("kirjaus", 1, None),
        ):  # fmt: skip
            is_scored = category != "kirjaus" or chance.happens(0.8)
            review = QaReview(
                review_id, category, instant, experience.ticket_id, experience.agent_id, None,
                reviewer, Decimal(weight), is_critical,
                Decimal(chance.between(2, 5)) if is_scored else None,
                Decimal(1), Decimal(5), chance.happens(0.7),
            )  # fmt: skip
            self.log.qa_reviews.append(review)
            self._review_again(review)

    def _review_again(self, review: QaReview) -> None:
        """A second colleague reads every third of them, who is stricter on what counts most."""
        instant = review.reviewed_at + DAY_S
        if zlib.crc32(review.review_id.encode()) % 3 or instant >= AS_OF:
            return
        score = review.score
        if review.is_critical and score is not None and score > 2:
            score -= 1
        other = "venla" if review.reviewer_id == "daavid" else "daavid"
        self.log.qa_reviews.append(
            review._replace(
                review_id=f"{review.review_id}-2",
                reviewed_at=instant,
                reviewer_id=other,
                score=score,
                is_random_sample=None,
            )
        )


def _score(chance: Chance, question: str, mood: int, instant: int) -> tuple[int, int]:
    """Version of the question on that day, and an answer on its scale."""
    is_new = instant >= midnight(NEW_SCALES_DAY)
    if question == "ces-7":
        return (2, chance.one_of(_EASE[mood])) if is_new else (1, chance.one_of(_EFFORT[mood]))
    score = chance.one_of(_SCORES[question][mood])
    if question == "nps-fi":
        return (2, score) if is_new else (1, max(score, 1))
    return 1, score


def hear_strangers(log: Log, seed: int, customers: int) -> None:
    """What nobody signs: presses of smileys at the door, and reviews in public."""
    chance = Chance(seed, "strangers' voice")
    for month in range(FIRST_MONTH, LAST_MONTH + 2):
        days = min(first_day(month + 1), AS_OF_DAY) - first_day(month)
        for _ in range(4 + customers // 100):
            pressed_at = midnight(first_day(month) + chance.below(days)) + chance.between(
                9 * HOUR_S, 17 * HOUR_S
            )
            log.survey_responses.append(
                SurveyResponse(
                    f"sr{len(log.survey_responses) + 1}", "hymio-4", "journey",
                    Decimal(chance.one_of((1, 2, 3, 3, 4, 4, 4))), pressed_at, 1,
                    unit="kuluttajat", market="FI", touchpoint="myymala", channel="kiosk",
                )
            )  # fmt: skip
        for _ in range(chance.between(0, 3)):
            _review_in_public(log, chance, first_day(month) + chance.below(days))


def _review_in_public(log: Log, chance: Chance, day: int) -> None:
    platform, least, most = chance.one_of((("tahdet", 1, 5), ("kymppi", 0, 10)))
    service = chance.one_of(("striimi", "vaihde", "talous", None))
    score = chance.between(least, most) if chance.happens(0.4) else chance.between(most - 2, most)
    log.reviews_public.append(
        PublicReview(
            f"rp{len(log.reviews_public) + 1}", platform, Decimal(score), Decimal(least),
            Decimal(most), day, service,
        )
    )  # fmt: skip
