"""What customers say: surveys after a case and each half year, follow-ups, quality reviews.

An answer depends on the mood that the customer's experiences left, so that the scores are evidence
of something that happened.
"""

from __future__ import annotations

from decimal import Decimal

from simulator import almanac
from simulator.almanac import DAY_S
from simulator.chance import Chance
from simulator.company import AS_OF, TOUCHPOINTS
from simulator.log import (
    Encounter,
    Followup,
    Log,
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
_CES = ((1, 2, 3, 4), (3, 4, 5, 6), (5, 6, 7, 7))
_EXPECTATION = ((1, 2, 2, 3), (2, 3, 3, 4), (3, 4, 4, 5))
_SCORES = {"nps-fi": _NPS, "csat-5": _CSAT, "ces-7": _CES, "odotus-5": _EXPECTATION}
_DETRACTOR_MAX = 6


class Surveys:
    """Sends the questions and records the answers."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def after_case(
        self, chance: Chance, requester: Requester, experience: Experience, mood: int
    ) -> None:
        """Satisfaction and effort, asked of some after their case."""
        instant = experience.ended_at + HOUR_S
        if requester.customer is None or experience.ticket_id is None or instant >= AS_OF:
            return
        encounter_id = f"en{len(self.log.encounters) + 1}"
        self.log.encounters.append(
            Encounter(encounter_id, "tuki-ratkaisu", experience.ended_at, requester.customer_id,
                      requester.person_id)
        )  # fmt: skip
        if chance.happens(0.6):
            question = chance.weighted([("csat-5", 0.6), ("ces-7", 0.2), ("odotus-5", 0.2)])
            self._ask(chance, requester, instant, question, mood, "moment_of_truth",
                      "tuki-ratkaisu", encounter_id, experience)  # fmt: skip

    def relationship(
        self, chance: Chance, requester: Requester, instant: int, mood: int
    ) -> int | None:
        """Recommendation, asked of everybody each half year; returns the score."""
        return self._ask(
            chance, requester, instant, "nps-fi", mood, "relationship", None, None, None
        )

    def _ask(
        self,
        chance: Chance,
        requester: Requester,
        instant: int,
        question: str,
        mood: int,
        level: str,
        touchpoint: str | None,
        encounter_id: str | None,
        experience: Experience | None,
    ) -> int | None:
        assert touchpoint is None or touchpoint in TOUCHPOINTS
        channel = chance.weighted(_CHANNELS)
        delivery = chance.weighted(_DELIVERY)
        invitation_id = f"si{len(self.log.survey_invitations) + 1}"
        self.log.survey_invitations.append(
            SurveyInvitation(
                invitation_id, question, channel, instant, requester.person_id,
                requester.customer_id, touchpoint, level, delivery,
            )
        )  # fmt: skip
        submitted_at = instant + chance.spread((60, HOUR_S, 8 * HOUR_S, DAY_S, 10 * DAY_S))
        if delivery != "delivered" or submitted_at >= AS_OF or not chance.happens(0.35):
            return None
        score = chance.one_of(_SCORES[question][mood])
        month = almanac.local_month(instant)
        response = SurveyResponse(
            f"sr{len(self.log.survey_responses) + 1}",
            question,
            level,
            Decimal(score),
            submitted_at,
            1,
            invitation_id,
            encounter_id,
            requester.person_id,
            requester.customer_id,
            experience.ticket_id if experience else None,
            experience.agent_id if experience else None,
            touchpoint=touchpoint,
            channel=channel,
            wave=None if touchpoint else f"{month // 12}-{'kevat' if month % 12 < 6 else 'syksy'}",
        )
        self.log.survey_responses.append(response)
        if question == "nps-fi" and score <= _DETRACTOR_MAX and chance.happens(0.6):
            followed_at = submitted_at + chance.spread(
                (HOUR_S, 20 * HOUR_S, 48 * HOUR_S, 5 * DAY_S)
            )
            if followed_at < AS_OF:
                self.log.followups.append(Followup(response.response_id, followed_at, "Venla"))
        return score

    def review_quality(self, chance: Chance, experience: Experience) -> None:
        """A colleague reads some cases and scores them by category."""
        instant = experience.ended_at + 3 * DAY_S
        if experience.agent_id is None or experience.ticket_id is None:
            return
        if instant >= AS_OF or not chance.happens(0.03):
            return
        review_id = f"q-{experience.ticket_id}"
        for category, weight, is_critical in (("savy", 1, False), ("ratkaisu", 3, True)):
            self.log.qa_reviews.append(
                QaReview(
                    review_id, category, instant, experience.ticket_id, experience.agent_id, None,
                    "daavid", Decimal(weight), is_critical, Decimal(chance.between(2, 5)),
                    Decimal(1), Decimal(5), chance.happens(0.7),
                )
            )  # fmt: skip
