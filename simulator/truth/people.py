"""Who the agents were when: their teams and roles, version by version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from simulator.log import Agent


class People:
    """Who an agent was when: the first version holds from the beginning of time."""

    def __init__(self, rows: Iterable[Agent]) -> None:
        self._versions: dict[str, list[Agent]] = defaultdict(list)
        for row in rows:
            self._versions[row.agent_id].append(row)
        for versions in self._versions.values():
            versions.sort(key=lambda row: row.updated_at or 0)

    def at(self, agent_id: str, instant: int) -> Agent | None:
        """The version that holds at an instant."""
        versions = self._versions.get(agent_id, [])
        known = [row for row in versions[1:] if (row.updated_at or 0) <= instant]
        return known[-1] if known else next(iter(versions), None)

    def team(self, agent_id: str, instant: int) -> str | None:
        """Whose agent they were."""
        agent = self.at(agent_id, instant)
        return agent.team if agent else None

    def is_bot(self, agent_id: str, instant: int) -> bool:
        """No person."""
        agent = self.at(agent_id, instant)
        return agent is not None and agent.role == "bot"
