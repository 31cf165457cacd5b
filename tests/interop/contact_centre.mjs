/**
 * A contact centre written from the documented Email API and not from Tapestry's reference
 * implementation, so that the judge meets a correct server it was not made for. It differs where
 * the documents leave room: refusals are mostly HTTP 200, ids and uris look otherwise, an email
 * has fewer fields, and every other notification comes before the answer of its operation.
 *
 * Pure state: commands answer `{status, body}` and send through the injected `notify(agent, data)`.
 */
import { randomBytes } from "node:crypto";

const ABLE = [
  "Reply", "ReplyAll", "Transfer", "AddComment", "AttachUserData", "UpdateUserData",
  "DeleteUserData", "SetDisposition", "SetInFocus", "Complete",
];
const QUEUES = new Map([
  ["support", ["alice", "bob", "carol"]],
  ["billing", ["bob", "carol"]],
]);
const STATE_FOR = new Map([
  ["Accept", "Invited"],
  ["Reject", "Invited"],
  ["Transfer", "Processing"],
]);

/** An answer that says why not; nothing else stands in it (GWS, Return Values). */
export const refuse = (statusCode, statusMessage, status = 200) => ({
  status,
  body: { statusCode, statusMessage },
});
const ok = (more = {}) => ({ status: 200, body: { statusCode: 0, ...more } });

export class ContactCentre {
  #agents = new Map();
  #emails = new Map();
  #notify;
  #references = 100;
  #outbox = [];
  #externalUrl;

  constructor(externalUrl, notify) {
    this.#externalUrl = externalUrl;
    this.#notify = notify;
    this.reset();
  }

  reset() {
    this.#emails.clear();
    this.#agents.clear();
    this.#outbox = [];
    for (const name of ["alice", "bob", "carol"]) {
      this.#agents.set(name, { name, id: `${name}-0001`, started: false, ready: false });
    }
  }

  authenticate(name, password) {
    return this.#agents.has(name) && password === `${name}-pw` ? name : undefined;
  }

  // Agents and their readiness.

  me(name) {
    return ok({ user: this.#user(this.#agents.get(name)) });
  }

  users(fields) {
    const users = [...this.#agents.values()].map((agent) => this.#user(agent));
    return ok(fields ? { users } : { uris: users.map((user) => user.uri) });
  }

  operateOnMe(name, { operationName, channels }) {
    const agent = this.#agents.get(name);
    switch (operationName) {
      case "StartContactCenterSession":
        if (!Array.isArray(channels)) return refuse(1, "channels is required");
        agent.started = true;
        return this.#setReady(agent, true);
      case "EndContactCenterSession":
        return this.#leave(agent);
      case "Ready":
      case "NotReady":
        return this.operateOnChannel(name, "email", { operationName });
      case undefined:
        return refuse(1, "operationName is required");
    }
    return refuse(10, `unknown operation ${operationName}`);
  }

  operateOnChannel(name, channel, { operationName }) {
    const agent = this.#agents.get(name);
    if (channel !== "email") return refuse(6, "no such channel", 404);
    if (!agent.started) return refuse(2, "no contact center session");
    if (operationName === "Ready") return this.#setReady(agent, true);
    if (operationName === "NotReady") return this.#setReady(agent, false);
    return operationName ? refuse(10, "unknown operation") : refuse(1, "operationName is required");
  }

  #setReady(agent, ready) {
    agent.ready = ready;
    if (ready) this.#offerWaiting();
    this.#send();
    return ok();
  }

  #leave(agent) {
    agent.started = agent.ready = false;
    for (const email of this.#emails.values()) {
      if (email.holder !== agent.name) continue;
      if (email.state === "Invited") this.#tell(agent.name, email, { state: "Revoked" });
      email.refusedBy.add(agent.name);
      this.#offer(email);
    }
    this.#send();
    return ok();
  }

  // Emails.

  create({ subject = "", from = "", to = "", agent }) {
    const id = `E${randomBytes(8).toString("hex").toUpperCase().slice(0, 15)}`;
    const email = {
      id, subject, from, to: [to].flat(), state: "Waiting", refusedBy: new Set(), received: stamp(),
      aimedAt: agent, pool: [...this.#agents.keys()],
    };
    this.#emails.set(id, email);
    this.#offer(email);
    this.#send();
    return { status: 200, body: { id } };
  }

  list(name, fields) {
    const held = [...this.#emails.values()].filter((email) => email.holder === name);
    const emails = held.map((email) => this.#resource(email));
    return ok(fields ? { emails } : { uris: emails.map((email) => email.uri) });
  }

  read(name, id) {
    const email = this.#emails.get(id);
    return email?.holder === name ? ok({ email: this.#resource(email) }) : unknown(id);
  }

  operateOnEmail(name, id, body) {
    const email = this.#emails.get(id);
    if (!email) return unknown(id);
    const fault = this.#objection(name, email, body);
    if (fault) return fault;
    const referenceId = ++this.#references;
    this[`_${body.operationName}`](name, email, body, referenceId);
    // Every other notification overtakes the answer; the rest follow a little later, in order.
    if (referenceId % 2) this.#send();
    else setTimeout(() => this.#send(), 10);
    return ok({ referenceId });
  }

  #objection(name, email, { operationName, ...parameters }) {
    if (operationName === undefined) return refuse(1, "operationName is required");
    const wanted = STATE_FOR.get(operationName);
    if (!wanted) return refuse(10, `unknown operation ${operationName}`);
    if (email.holder !== name) return refuse(3, "the email is not with this agent", 403);
    if (email.state !== wanted) return refuse(2, `not possible in state ${email.state}`);
    if (operationName === "Accept") return saveLarObjection(parameters.saveLAR);
    return operationName === "Transfer" ? this.#targetObjection(name, parameters) : undefined;
  }

  #targetObjection(name, { userUri, queueName }) {
    if (userUri === undefined && queueName === undefined) {
      return refuse(1, "userUri or queueName is required");
    }
    if (queueName !== undefined) {
      return QUEUES.has(queueName) ? undefined : refuse(6, "no such queue");
    }
    const target = this.#userAt(userUri);
    if (!target) return refuse(6, "no such user");
    return target.name === name ? refuse(10, "cannot transfer to oneself") : undefined;
  }

  _Accept(name, email, body, referenceId) {
    email.state = "Processing";
    this.#tell(name, email, {}, referenceId);
  }

  _Reject(name, email, body, referenceId) {
    email.refusedBy.add(name);
    this.#tell(name, email, { state: "Completed", capabilities: [] }, referenceId);
    this.#offer(email);
  }

  _Transfer(name, email, { userUri, queueName }, referenceId) {
    this.#tell(name, email, { capabilities: [] }, referenceId);
    email.aimedAt = queueName ? undefined : this.#userAt(userUri).name;
    email.pool = QUEUES.get(queueName) ?? email.pool;
    email.refusedBy = new Set([name]);
    this.#offer(email);
  }

  // Offering: to the agent it is aimed at, else to whoever in its pool is ready; never twice.

  #offer(email) {
    const aimed = email.aimedAt && !email.refusedBy.has(email.aimedAt);
    const agent = (aimed ? [email.aimedAt] : email.pool)
      .map((name) => this.#agents.get(name))
      .find((candidate) => candidate?.ready && !email.refusedBy.has(candidate.name));
    email.holder = agent?.name;
    email.state = agent ? "Invited" : "Waiting";
    if (agent) this.#tell(agent.name, email);
  }

  #offerWaiting() {
    for (const email of this.#emails.values()) if (email.state === "Waiting") this.#offer(email);
  }

  #tell(name, email, changes = {}, referenceId) {
    const data = {
      notificationType: "StatusChange",
      messageType: "EmailStateChangeMessage",
      email: { ...this.#resource(email), ...changes },
      ...(referenceId && { referenceId }),
    };
    this.#outbox.push([name, data]);
  }

  #send() {
    for (const [name, data] of this.#outbox.splice(0)) this.#notify(name, data);
  }

  // What they look like from outside.

  #user({ name, id }) {
    const uri = `${this.#externalUrl}/api/v2/users/${id}`;
    return {
      id, userName: name, firstName: name, lastName: "Example", roles: ["ROLE_AGENT"],
      emailAddress: `${name}@example.com`, enabled: true, uri, path: `/users/${id}`,
    };
  }

  #userAt(uri) {
    const id = String(uri).split("/").pop();
    return [...this.#agents.values()].find((agent) => agent.id === id || agent.name === id);
  }

  #resource(email) {
    const { id, subject, from, to, state, received } = email;
    return {
      id, subject, from, to, state, emailType: "Inbound", receivedDate: received, userData: {},
      contactId: "C0000000000000001", revelantResponseTemplateGroups: [],
      capabilities: { Invited: ["Accept", "Reject"], Processing: ABLE }[state] ?? [],
      uri: `${this.#externalUrl}/api/v2/me/emails/${id}`, path: `/emails/${id}`,
    };
  }
}

function saveLarObjection(saveLAR) {
  const allowed = saveLAR === undefined || [true, false, "true", "false"].includes(saveLAR);
  return allowed ? undefined : refuse(10, "saveLAR is true or false");
}

function unknown(id) {
  return refuse(6, `no email ${id}`, 404);
}

/** Now, as the service writes dates: `2016-03-15 23:38:42.000+0000`. */
function stamp() {
  return new Date().toISOString().replace("T", " ").replace("Z", "+0000");
}
