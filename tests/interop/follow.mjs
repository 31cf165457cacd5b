#!/usr/bin/env node
/**
 * A desktop that does again what one agent did on a tape, on an unmodified third-party client: each
 * call once the notifications that the agent had had by then have come. Says `ready` after its first
 * answer, and ends when all is done and heard.
 *
 *   node follow.mjs --base URL --part FILE --client cometd|cometd-oldest|faye --transport NAME
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { CookieJar } from "./cookies.mjs";
import { Rest } from "./rest.mjs";

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { base: text, part: text, client: text, transport: text },
});
const part = JSON.parse(await readFile(options.part, "utf8"));
const tell = (line) => console.log(JSON.stringify(line));
const jar = new CookieJar();
const rest = new Rest(options.base, jar, () => {});
const login = `Basic ${Buffer.from(`${part.user}:secret`).toString("base64")}`;
const ask = ({ method, path, body }, headers) =>
  method === "GET" ? rest.get(path, headers) : rest.post(path, body);
const url = options.base + part.endpoint;

let heard = 0;
let wake = () => {};
const take = ({ channel, data }) => {
  heard += 1;
  tell({ kind: "notification", channel, data });
  wake();
};
const until = async (count) => {
  while (heard < count) await new Promise((done) => (wake = done));
};

let client;
for (const [index, step] of part.steps.entries()) {
  if (index === part.listen) client = await listen();
  await until(step.heard);
  const answer = await ask(step, index === 0 ? { Authorization: login } : {});
  tell({ kind: "answer", status: answer.status, path: step.path });
  if (index === 0) tell({ kind: "ready" });
}
client ??= await listen();
await until(part.heard);
await client.leave();
process.exit(0);

function listen() {
  return options.client === "faye" ? listenOnFaye() : listenOnCometd();
}

async function listenOnCometd() {
  const { adapt } = await import("cometd-nodejs-client");
  adapt({ cookies: jar.asAdapterOption });
  // A browser sends its cookies with the request that opens a WebSocket; the adapter does not.
  window.WebSocket = class extends window.WebSocket {
    constructor(address, protocols) {
      super(address, protocols, { headers: { Cookie: jar.pairs.join("; ") } });
    }
  };
  const { CometD } =
    options.client === "cometd"
      ? await import("cometd")
      : createRequire(import.meta.url)(options.client);
  const cometd = new CometD();
  for (const transport of ["websocket", "long-polling", "callback-polling"]) {
    if (transport !== options.transport) cometd.unregisterTransport(transport);
  }
  cometd.configure({ url, requestHeaders: rest.csrf, logLevel: "warn" });
  await new Promise((done) => cometd.handshake((reply) => done(reply)));
  for (const topic of part.topics) {
    await new Promise((done) => cometd.subscribe(topic, take, done));
  }
  return { leave: () => new Promise((done) => cometd.disconnect(done)) };
}

async function listenOnFaye() {
  const { default: faye } = await import("faye");
  const client = new faye.Client(url);
  // faye shakes hands over long-polling in any case, and moves to a WebSocket where it may.
  client.disable("eventsource");
  if (options.transport !== "websocket") client.disable("websocket");
  client.setHeader("Cookie", jar.pairs.join("; "));
  for (const topic of part.topics) {
    await client.subscribe(topic).withChannel((channel, data) => take({ channel, data }));
  }
  return { leave: () => client.disconnect() };
}
