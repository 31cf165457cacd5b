#!/usr/bin/env node
/**
 * A foreign server: the unmodified `cometd-nodejs-server` with the documented email operations
 * beside it in plain node:http. Basic credentials open an HTTP session, its cookie then suffices;
 * there is no CSRF protection. Notifications go only to the sessions of the agent they are for.
 *
 *   node gws_server.mjs [--port N]      prints one line: listening on http://127.0.0.1:PORT
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import bayeux from "cometd-nodejs-server";
import { ContactCentre, refuse } from "./contact_centre.mjs";

const HOST = "127.0.0.1";
const TOPIC = "/v2/me/emails";
const COMETD = "/api/v2/notifications";
const COVERING = new Set([TOPIC, "/v2/me/*", "/v2/me/**", "/v2/**", "/**"]);

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const cometd = bayeux.createCometDServer({ timeout: 20_000 });
const logins = new Map(); // HTTP session id -> agent
const listeners = new Map(); // CometD session -> agent
let centre;

cometd.policy = {
  canHandshake(session, message, done) {
    const agent = agentOf(cometd.context.request);
    if (agent) listeners.set(session, agent);
    done(null, agent !== undefined);
  },
  canPublish: (session, message, channel, done) => done(null, false),
};
cometd.addListener("sessionRemoved", (session) => listeners.delete(session));

const server = createServer((request, response) => {
  const url = new URL(request.url, `http://${HOST}`);
  if (url.pathname === COMETD || url.pathname.startsWith(`${COMETD}/`)) {
    cometd.handle(request, response);
  } else {
    serve(request, response, url).catch((fault) => {
      reply(response, refuse(4, String(fault), 500));
    });
  }
});
server.listen(Number(values.port), HOST, () => {
  const base = `http://${HOST}:${server.address().port}`;
  centre = new ContactCentre(base, notify);
  console.log(`listening on ${base}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));

function notify(agent, data) {
  for (const [session, listening] of listeners) {
    const covered = session.subscriptions.some((channel) => COVERING.has(channel.name));
    if (listening === agent && covered) session.deliver(null, TOPIC, data);
  }
}

async function serve(request, response, url) {
  const body = await readBody(request);
  if (url.pathname.startsWith("/admin/")) return reply(response, administer(url.pathname, body));
  const agent = agentOf(request);
  if (!agent) return reply(response, refuse(20, "Access denied", 403));
  if (!cookieOf(request)) openSession(response, agent);
  if (body === undefined) return reply(response, refuse(10, "not a JSON object", 400));
  reply(response, route(request.method, url, agent, body));
}

function administer(path, body) {
  if (path === "/admin/emails") return centre.create(body);
  if (path !== "/admin/reset") return refuse(6, "no such resource", 404);
  centre.reset();
  return { status: 200, body: {} };
}

function route(method, url, agent, body) {
  const path = url.pathname.replace(/\/$/, "").replace(/^\/api\/v2\//, "").split("/");
  const fields = url.searchParams.get("fields");
  switch (`${method} ${path.map((part, n) => (n > 1 ? "*" : part)).join("/")}`) {
    case "GET me":
      return centre.me(agent);
    case "POST me":
      return centre.operateOnMe(agent, body);
    case "GET users":
      return centre.users(fields);
    case "GET me/emails":
      return centre.list(agent, fields);
    case "GET me/emails/*":
      return centre.read(agent, path[2]);
    case "POST me/emails/*":
      return centre.operateOnEmail(agent, path[2], body);
    case "POST me/channels/*":
      return centre.operateOnChannel(agent, path[2], body);
  }
  return refuse(6, "no such resource", 404);
}

function reply(response, { status, body }) {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

async function readBody(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (!text) return {};
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? (value ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** Who asks: by session cookie, else by Basic credentials. */
function agentOf(request) {
  const known = cookieOf(request);
  if (known) return known;
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? "");
  if (!basic) return undefined;
  const [name, ...password] = Buffer.from(basic[1], "base64").toString().split(":");
  return centre.authenticate(name, password.join(":"));
}

function cookieOf(request) {
  const id = /(?:^|;\s*)SESSION=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  return logins.get(id);
}

function openSession(response, agent) {
  const id = randomUUID();
  logins.set(id, agent);
  response.setHeader("Set-Cookie", `SESSION=${id}; Path=/; HttpOnly`);
}
