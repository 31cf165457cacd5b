"""Without an upstream a replay makes no connection: not to the network, and not to this machine.

An audit hook hears every socket that is connected or sent from, and every name that is looked up,
from the first import to the end of the process (Python, audit events of `socket`). Where the kernel
lets us, the process also lives in a network of its own that has nothing but loopback.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tapestry.shipped import cassettes

TAPE = cassettes() / "email-morning.yaml"

WATCHED = """
import json, sys
heard = []
OUTBOUND = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
            "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo",
            "subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"}
sys.addaudithook(lambda event, args: heard.append([event, repr(args)])
                 if event in OUTBOUND else None)
from conformance.cli import main
code = main(sys.argv[1:])
print(json.dumps(heard))
sys.exit(code)
"""

WORK = """
import json, sys, urllib.request
base = sys.argv[1]
def ask(path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"})
    try:
        return urllib.request.urlopen(request, timeout=20).status
    except urllib.error.HTTPError as refused:
        return refused.code
hands = [{"channel": "/meta/handshake", "version": "1.0",
          "supportedConnectionTypes": ["long-polling"]}]
print(ask("/api/v2/me"), ask("/api/v2/notifications", hands), ask("/api/v2/unheard/of"),
      ask("/api/v2/me/emails/1", {"userUri": "http://example.com/api/v2/users/1"}))
"""


def replaying(*prefix: str) -> subprocess.Popen[str]:
    argv = [*prefix, sys.executable, "-c", WATCHED, "replay", str(TAPE)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=os.environ)


def test_whatever_is_asked_the_process_connects_to_nothing():
    with replaying() as player:
        base = player.stdout.readline().split()[-1]
        done = subprocess.run(
            [sys.executable, "-c", WORK, base], capture_output=True, text=True, check=True
        )
        player.terminate()
        heard = json.loads(player.stdout.readline())
    assert done.stdout.split() == ["200", "200", "404", "404"]
    assert heard == []
    assert player.returncode == 0


def test_the_hook_would_have_heard_a_connection():
    code = WATCHED.partition("from conformance")[0] + (
        "import socket\nwith socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    socket.create_connection(server.getsockname()).close()\nprint(json.dumps(heard))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "socket.connect" in {event for event, _ in json.loads(told.stdout)}


def test_in_a_network_with_nothing_but_loopback_it_plays_all_the_same(tmp_path: Path):
    unshare = shutil.which("unshare")
    alone = [unshare or "", "--user", "--map-root-user", "--net", "sh", "-c"]
    probe = unshare and subprocess.run([*alone, "ip link set lo up"], capture_output=True)
    if not probe or probe.returncode:
        pytest.skip("this kernel gives no network namespace to an ordinary user")
    # Both in one namespace: the player, and a client that it can be reached by.
    script = (
        'ip link set lo up; "$0" -m conformance.cli replay "$1" > "$2" & '
        'while ! grep -q listening "$2"; do sleep 0.1; done; '
        '"$0" -c "$3" "$(cut -d" " -f3 "$2")"; kill $!; wait $!; echo $?'
    )
    done = subprocess.run(
        [*alone, script, sys.executable, str(TAPE), str(tmp_path / "ready"), WORK],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["200", "200", "404", "404", "0"], done.stderr
