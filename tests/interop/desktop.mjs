#!/usr/bin/env node
/**
 * A small agent desktop on the unmodified `cometd` and `cometd-nodejs-client` libraries: it logs
 * in, listens, and works on its own. What it does and sees goes to standard output, a JSON line
 * each:
 *
 *   {"ms":12.5,"kind":"call","n":1,"method":"GET","path":"/api/v2/me"}
 *   {"ms":19.0,"kind":"answer","n":1,"status":200,"body":{...}}
 *   {"ms":40.1,"kind":"notification","channel":"/v2/me/emails","data":{...}}
 *
 * and besides `ready`, `problem` and `end`. One process is one agent. It ends after --expect
 * notifications once no work is left, on SIGTERM, or when standard input closes.
 */
import { parseArgs } from "node:util";
import { adapt } from "cometd-nodejs-client";
import { CometD } from "cometd";
import { Agent } from "./agent.mjs";
import { CookieJar } from "./cookies.mjs";
import { makePolicy } from "./policy.mjs";
import { Rest } from "./rest.mjs";

const TOPIC = "/v2/me/emails";
const USAGE =
  "usage: desktop.mjs --base URL --agent NAME --password-env VARIABLE" +
  " [--think-ms N] [--policy subject|script=ACTION,...] [--expect N]" +
  " [--transport long-polling|websocket]";

const options = readOptions();
const started = performance.now();
const tell = (line) =>
  console.log(JSON.stringify({ ms: round(performance.now() - started), ...line }));

const jar = new CookieJar();
adapt({ cookies: jar.asAdapterOption });
// A browser sends its cookies with the request that opens a WebSocket; the adapter does not.
window.WebSocket = class extends window.WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { headers: { Cookie: jar.pairs.join("; ") } });
  }
};

const base = options.base.replace(/\/+$/, "");
const rest = new Rest(base, jar, tell);
const cometd = new CometD(options.agent);
const agent = new Agent({
  rest,
  tell,
  policy: makePolicy(options.policy),
  thinkMs: Number(options["think-ms"]),
});
let notified = 0;
let ending = false;

agent.onIdle = endWhenDone;
process.on("SIGTERM", () => end(0));
process.stdin.on("end", () => end(0)).on("error", () => end(0)).resume();
await start().catch((fault) => {
  tell({ kind: "problem", message: String(fault.cause ?? fault) });
  end(1);
});

async function start() {
  const password = process.env[options["password-env"]] ?? "";
  const basic = Buffer.from(`${options.agent}:${password}`).toString("base64");
  const me = await rest.get("/api/v2/me", { Authorization: `Basic ${basic}` });
  expectSuccess(me, "login");
  const users = await rest.get("/api/v2/users?fields=*");
  agent.colleagues = (users.body?.users ?? []).filter((user) => user.id !== me.body.user.id);
  await listen();
  const session = { operationName: "StartContactCenterSession", channels: ["email"] };
  expectSuccess(await rest.post("/api/v2/me", session), "start of the session");
  const ready = await rest.post("/api/v2/me/channels/email", { operationName: "Ready" });
  expectSuccess(ready, "ready");
  tell({ kind: "ready" });
}

/** Open the CometD session; resolves when the topic is subscribed for the first time. */
function listen() {
  for (const transport of ["websocket", "long-polling", "callback-polling"]) {
    if (transport !== options.transport) cometd.unregisterTransport(transport);
  }
  cometd.configure({
    url: `${base}/api/v2/notifications`,
    requestHeaders: rest.csrf,
    logLevel: "warn",
  });
  return new Promise((resolve, reject) => {
    // The library shakes hands again by itself but drops its subscriptions: each handshake
    // subscribes anew.
    cometd.addListener("/meta/handshake", (reply) => {
      if (!reply.successful) return reject(new Error(reply.error ?? "handshake failed"));
      cometd.subscribe(TOPIC, take, (confirmed) =>
        confirmed.successful ? resolve() : reject(new Error(confirmed.error)),
      );
    });
    cometd.handshake();
  });
}

function take({ channel, data }) {
  notified += 1;
  tell({ kind: "notification", channel, data });
  try {
    agent.notice(data);
  } catch (fault) {
    tell({ kind: "problem", message: String(fault) });
  }
  endWhenDone();
}

function endWhenDone() {
  if (options.expect && notified >= Number(options.expect) && agent.idle) end(0);
}

async function end(code) {
  if (ending) return;
  ending = true;
  if (!cometd.isDisconnected()) await new Promise((done) => cometd.disconnect(done));
  if (code === 0) {
    await rest.post("/api/v2/me", { operationName: "EndContactCenterSession" }).catch((fault) => {
      tell({ kind: "problem", message: String(fault.cause ?? fault) });
    });
  }
  tell({ kind: "end", notifications: notified });
  process.exit(code);
}

function expectSuccess({ status, body }, what) {
  if (body?.statusCode === 0) return;
  throw new Error(`${what} failed: HTTP ${status} ${JSON.stringify(body)}`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        base: { type: "string" },
        agent: { type: "string" },
        "password-env": { type: "string" },
        "think-ms": { type: "string", default: "0" },
        policy: { type: "string", default: "subject" },
        transport: { type: "string", default: "long-polling" },
        expect: { type: "string" },
      },
    });
    if (values.base && values.agent && values["password-env"]) return values;
  } catch (fault) {
    console.error(fault.message);
  }
  console.error(USAGE);
  process.exit(2);
}

function round(ms) {
  return Math.round(ms * 10) / 10;
}
