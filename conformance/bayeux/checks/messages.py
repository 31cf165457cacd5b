"""Messages as such: arrays, channels, errors, and fields that anybody may add."""

from __future__ import annotations

import json
import re
from typing import Any

from conformance.bayeux.broken import NotApplicable, Unanswered
from conformance.bayeux.check import Need, check
from conformance.bayeux.expect import Findings, equal, says, wrong
from conformance.bayeux.lab import Lab
from conformance.bayeux.lines import LONG_POLLING
from conformance.bayeux.peer import Peer
from conformance.bayeux.wire import Packet, Reply
from conformance.model import Finding
from tapestry.bayeux.message import META_CONNECT, META_SUBSCRIBE, META_UNSUBSCRIBE

UNKNOWN = "unknown0123456789"
ERROR = re.compile(r"[0-9]{3}:[^:]*:")
TEXT = '\u00e9\u00df \u20ac \u4f60\u597d \u2028\u2029 \U0001f9f5 \\ " </script>'


@check("BAYEUX-MESSAGE-01", "message.array-accepted")
async def array_is_accepted(lab: Lab) -> Findings:
    """An array of messages is accepted, and every message in it answered."""
    peer = await lab.session()
    channel = lab.channel() if lab.world.offer.source else lab.world.target.topic
    messages = [
        peer.message(META_SUBSCRIBE, subscription=channel),
        peer.message(META_UNSUBSCRIBE, subscription=channel),
        peer.message(META_SUBSCRIBE, subscription=channel),
    ]
    replies = [await pending.reply() for pending in await peer.send(*messages)]
    return [
        finding
        for message, reply in zip(messages, replies, strict=True)
        for finding in equal("$.id", message["id"], reply["id"], "answered under another id")
    ]


@check("BAYEUX-MESSAGE-02", "message.array")
async def replies_are_arrays(lab: Lab) -> Findings:
    """Replies come in an array."""
    peer = await _conversation(lab)
    return [
        Finding("mismatch", "messages are not in an array", "$", "an array", packet.messages[0])
        for packet in peer.packets
        if packet.messages and not packet.is_array
    ]


@check("BAYEUX-MESSAGE-03", "message.single-accepted", transport=LONG_POLLING)
async def single_is_accepted(lab: Lab) -> Findings:
    """A single message that is not in an array is accepted."""
    peer = await lab.session()
    message = peer.message(META_CONNECT, connectionType=LONG_POLLING, advice={"timeout": 0})
    packet = await peer.http.post(json.dumps(message))
    if any(reply.get("channel") == META_CONNECT for reply in packet.messages):
        return []
    return wrong("$", "a message outside an array is not answered", "a reply", packet.describe())


@check("BAYEUX-MESSAGE-04", "message.one-channel")
async def one_channel(lab: Lab) -> Findings:
    """Every message from the server has exactly one channel."""
    peer = await _conversation(lab)
    return [finding for packet in peer.packets for finding in _channel_faults(packet)]


@check("BAYEUX-MESSAGE-05", "error.form")
async def error_form(lab: Lab) -> Findings:
    """Errors are three digits, arguments and a text, separated by colons."""
    peer = await _conversation(lab)
    refused = [m for p in peer.packets for m in p.messages if m.get("successful") is False]
    told = [message["error"] for message in refused if "error" in message]
    if not told:
        raise NotApplicable("no reply of the server holds an error")
    return [
        Finding("mismatch", "not of the form ddd:args:text", "$.error", "402::unknown", error)
        for error in told
        if not (isinstance(error, str) and ERROR.match(error))
    ]


@check("BAYEUX-MESSAGE-06", "ext.accepted")
async def ext_is_accepted(lab: Lab) -> Findings:
    """A message with an ext that the server does not know is treated like any other."""
    return await _accepts(lab, ext={"com.example.tapestry": {"n": [1, None, "x"]}})


@check("BAYEUX-MESSAGE-07", "timestamp.accepted")
async def timestamp_is_accepted(lab: Lab) -> Findings:
    """A message with a timestamp is treated like any other."""
    return await _accepts(lab, timestamp="2026-11-21T09:30:00.00")


@check("BAYEUX-MESSAGE-08", "timestamp.form")
async def timestamp_form(lab: Lab) -> Findings:
    """Timestamps of the server are written as ISO 8601 has it."""
    peer = await _conversation(lab)
    told = [m["timestamp"] for p in peer.packets for m in p.messages if "timestamp" in m]
    if not told:
        raise NotApplicable("the server sends no timestamps")
    iso = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]00:?00)?\Z")
    return [
        Finding("mismatch", "not an ISO 8601 time", "$.timestamp", "YYYY-MM-DDThh:mm:ss.ss", time)
        for time in told
        if not (isinstance(time, str) and iso.match(time))
    ]


@check("BAYEUX-MESSAGE-09", "ext.form")
async def ext_form(lab: Lab) -> Findings:
    """ext is an object wherever the server sends one."""
    peer = await _conversation(lab, ext={"ack": True})
    told = [m["ext"] for p in peer.packets for m in p.messages if "ext" in m]
    if not told:
        raise NotApplicable("the server sends no ext")
    return [
        Finding("mismatch", "not an object", "$.ext", "an object", ext)
        for ext in told
        if not isinstance(ext, dict)
    ]


@check("BAYEUX-MESSAGE-10", "deprecated.fields")
async def no_deprecated_fields(lab: Lab) -> Findings:
    """The server does not send fields that are deprecated."""
    peer = await _conversation(lab)
    return [
        Finding("unexpected", "a deprecated field", f"$.{name}", None, message[name])
        for packet in peer.packets
        for message in packet.messages
        for name in ("connectionId", "json-comment-filtered")
        if name in message
    ]


@check("BAYEUX-MESSAGE-11", "long-polling.request", "long-polling.response", needs=[Need.PUBLISH])
async def text_is_unharmed(lab: Lab) -> Findings:
    """Text beyond ASCII passes through unharmed, both ways."""
    channel = lab.channel()
    peer = await lab.listener(channel)
    event = await lab.emit(channel, lambda mark: {"mark": mark, "text": TEXT})
    arrival = await peer.receive(event)
    data: Any = arrival.message["data"]
    return equal("$.data.text", TEXT, data["text"], "the text has changed on its way")


async def _accepts(lab: Lab, **fields: Any) -> Findings:
    peer = lab.peer()
    replies = [await peer.handshake(**fields), await peer.connect(0, **fields)]
    if lab.world.offer.source:
        subscription = lab.channel()
        replies.append(await peer.ask(META_SUBSCRIBE, subscription=subscription, **fields))
        replies.append(await peer.ask(META_UNSUBSCRIBE, subscription=subscription, **fields))
    return [finding for reply in replies for finding in says(reply, successful=True)]


async def _conversation(lab: Lab, **fields: Any) -> Peer:
    """Have the server say a little of everything, errors included."""
    peer = await lab.session(**fields)
    if lab.world.offer.source:
        channel = lab.channel()
        await peer.subscribe(channel)
        await lab.emit(channel)
        await peer.connect(0)
        await peer.unsubscribe(channel)
    await _whatever(peer.subscribe("/meta/tapestry"))
    stranger = lab.peer()
    stranger.client_id = UNKNOWN
    for coroutine in (stranger.connect(0), stranger.subscribe("/tapestry/x")):
        await _whatever(coroutine)
    stranger.client_id = None
    peer.packets += stranger.packets
    return peer


async def _whatever(coroutine: Any) -> Reply | None:
    """Return a reply if there is one; another check asks whether there must be."""
    try:
        reply: Reply = await coroutine
    except Unanswered:
        return None
    return reply


def _channel_faults(packet: Packet) -> list[Finding]:
    faults = [
        Finding("unexpected", "a message with two channels", "$.channel", "one", "several")
        for name in packet.twice
        if name == "channel"
    ]
    faults += [
        Finding("missing", "a message without a channel", "$.channel", "a channel", message)
        for message in packet.messages
        if not isinstance(message.get("channel"), str)
    ]
    return faults
