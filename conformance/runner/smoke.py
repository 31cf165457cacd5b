"""Asks the least of a target before anything is judged: is it there, does it let us in?

A wrong address or a wrong password would make every check fail and say nothing about the
implementation. So the wiring between judge and target is tried first, and what breaks here is no
verdict (exit code 3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from conformance.runner.agent import AgentUnusable, LiveAgent, Unreachable
from conformance.runner.secrets import Secrets
from conformance.target import Agent, Target
from tapestry.problems import TargetUnusable


async def smoke(target: Target, agents: Sequence[Agent], secrets: Secrets) -> None:
    """Log every agent in and open one CometD session. Raises :class:`TargetUnusable`."""
    live = [LiveAgent(agent, target, secrets=secrets) for agent in agents]
    try:
        if target.session == "auto":
            for one in live:
                await one.log_in()
        for one in live[:1]:
            await one.listen()
    except Unreachable as fault:
        raise TargetUnusable(
            f"cannot reach {target.base_url}: {fault}",
            why="nothing answers there, so nothing can be judged",
            remedy="check that the server runs, and base_url",
        ) from None
    except AgentUnusable as fault:
        raise TargetUnusable(
            f"cannot use {target.base_url}: {fault}",
            why="the first steps of every scenario would fail for this reason alone",
            remedy="check base_url, the cometd path, and the credentials of the agents",
        ) from None
    finally:
        await asyncio.gather(*(one.hang_up() for one in live))
