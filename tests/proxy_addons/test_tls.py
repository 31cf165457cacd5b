"""TLS on both sides, and HTTP/2 where client and server want it."""

import asyncio
import datetime
import ipaddress
import shutil
import ssl
import subprocess
from contextlib import contextmanager

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from proxy_addons import recorder
from proxy_addons.recorder import recording
from proxy_addons.settings import Settings
from tapestry.problems import Problem
from tapestry.tape import codec

SECURE = '{"secure": true}'
NODE_SERVER = """
const fs = require("node:fs"), pem = fs.readFileSync(process.argv[1]);
const server = require("node:http2").createSecureServer({ key: pem, cert: pem, allowHTTP1: true });
server.on("request", (request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ version: request.httpVersion, host: request.authority }));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """A certificate for 127.0.0.1, its own authority, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(encoding)
    )
    return path


async def through(pem, tmp_path, **settings):
    """Put the recorder before a TLS server and return what its client gets."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    app = web.Application()
    app.router.add_get("/x", lambda request: web.json_response({"secure": request.secure}))
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    trusted = ssl.create_default_context(cafile=settings.pop("trust", pem))

    async def ask(url):
        async with aiohttp.ClientSession() as http, http.get(f"{url}/x", ssl=trusted) as response:
            return response.status, await response.text()

    def record():
        chosen = Settings(**settings)
        url = f"https://127.0.0.1:{port}"
        with recording(url, tmp_path / "x.yaml", settings=chosen) as base:
            return base.split(":")[0], asyncio.run(ask(base))

    try:
        return await asyncio.to_thread(record)
    finally:
        await runner.cleanup()


async def test_a_client_comes_by_tls_to_a_server_behind_tls(pem, tmp_path):
    scheme, answer = await through(pem, tmp_path, cert=pem, upstream_ca=pem)
    assert (scheme, answer) == ("https", (200, SECURE))
    (entry,) = codec.load(tmp_path / "x.yaml").entries
    assert entry.response.body.value == {"secure": True}


async def test_mitmproxys_own_authority_serves_where_it_is_trusted(pem, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "CONFDIR", tmp_path / "conf")
    authority = tmp_path / "conf" / "mitmproxy-ca-cert.pem"
    from mitmproxy.certs import CertStore

    CertStore.from_store(tmp_path / "conf", "mitmproxy", 2048)
    scheme, answer = await through(pem, tmp_path, tls=True, insecure=True, trust=authority)
    assert (scheme, answer) == ("https", (200, SECURE))


async def test_an_upstream_that_nobody_vouches_for_is_refused(pem, tmp_path):
    _, (status, _) = await through(pem, tmp_path, cert=pem)
    assert status == 502
    (end,) = codec.load(tmp_path / "x.yaml").entries
    assert "certificate verify failed" in end.reason


def test_a_certificate_that_is_not_there_is_told(tmp_path):
    settings = Settings(cert=tmp_path / "none.pem")
    with (
        pytest.raises(Problem, match="--cert: there is no such file"),
        recording("http://127.0.0.1:9", tmp_path / "x.yaml", settings=settings),
    ):
        pass


@contextmanager
def http2_server(pem):
    with subprocess.Popen(
        ["node", "-e", NODE_SERVER, str(pem)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield f"https://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


@pytest.mark.interop
@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl with HTTP/2")
@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
@pytest.mark.parametrize(("option", "version"), [("--http2", "2.0"), ("--http1.1", "1.1")])
def test_both_versions_of_http_pass_and_are_recorded(pem, tmp_path, option, version):
    settings = Settings(cert=pem, upstream_ca=pem)
    with (
        http2_server(pem) as upstream,
        recording(upstream, tmp_path / "x.yaml", settings=settings) as url,
    ):
        told = subprocess.run(
            ["curl", "-sS", "--cacert", pem, option, "-w", "%{http_version}", f"{url}/x?y=1"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
    assert told.endswith(version.removesuffix(".0"))
    (entry,) = codec.load(tmp_path / "x.yaml").entries
    assert (entry.request.path, entry.request.query) == ("/x", {"y": "1"})
    assert entry.response.body.value["version"] == version
    assert not any(name.startswith(":") for name, _ in entry.request.headers)
