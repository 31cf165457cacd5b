"""Brings emails about, in the way that the target file says.

A real server has no operation for 'let a customer write to us', so each target tells how to do it.
A program is started without a shell and gets subject and addresses as arguments: nothing that a
scenario or a cassette says is ever executed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from conformance.jsonpath import MISSING, find
from conformance.target import CommandProvision, HttpProvision, Provision
from conformance.template import fill

PROVIDED_WITHIN = 20.0
AIM = "${agent}"


class CannotProvide(Exception):
    """The email could not be brought about: a fault of the set-up, not of the target's answers."""


async def provide(way: Provision, base_url: str, variables: Mapping[str, str]) -> str | None:
    """Bring one email about and return its id when the target tells it.

    ``variables`` holds subject, from, to, and agent when the scenario aims at one. Raises
    :class:`CannotProvide`.
    """
    try:
        async with asyncio.timeout(PROVIDED_WITHIN):
            if isinstance(way, HttpProvision):
                return await _by_http(way, base_url, variables)
            await _by_command(way, variables)
            return None
    except TimeoutError:
        raise CannotProvide(f"no email within {PROVIDED_WITHIN:g} s") from None


async def _by_http(way: HttpProvision, base_url: str, variables: Mapping[str, str]) -> str | None:
    body = filled(way.json, variables)
    path = str(fill(way.path, variables))
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.request(way.method, base_url + path, json=body, allow_redirects=False) as answer,
        ):
            raw = await answer.read()
    except (aiohttp.ClientError, OSError) as fault:
        raise CannotProvide(f"{way.method} {path}: {fault}") from None
    if answer.status >= 300:
        raise CannotProvide(f"{way.method} {path} answered HTTP {answer.status}")
    return None if way.id is None else _read_id(way, path, raw)


def _read_id(way: HttpProvision, path: str, raw: bytes) -> str:
    assert way.id is not None
    try:
        found = find(way.id, json.loads(raw))
    except ValueError:
        found = MISSING
    if not isinstance(found, str | int):
        raise CannotProvide(f"the answer to {way.method} {path} does not tell the email's id")
    return str(found)


async def _by_command(way: CommandProvision, variables: Mapping[str, str]) -> None:
    arguments = [str(fill(part, {"agent": "", **variables})) for part in way.command]
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=way.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as fault:
        raise CannotProvide(f"cannot run {arguments[0]}: {fault.strerror or fault}") from None
    try:
        _, complaint = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        last = complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise CannotProvide(f"{arguments[0]} ended with {process.returncode}: {last}".rstrip(": "))


def filled(template: Any, variables: Mapping[str, str]) -> Any:
    """Fill a JSON template; a member that is only ``${agent}`` goes when nobody is aimed at."""
    if "agent" in variables or not isinstance(template, dict):
        return fill(template, {"agent": "", **variables})
    return {key: filled(member, variables) for key, member in template.items() if member != AIM}
