/**
 * An agent at work: takes invitations as they come, thinks, and acts, one thing at a time. It is
 * driven by notifications alone and uses no id or uri that the server did not tell it.
 */
import { setTimeout as sleep } from "node:timers/promises";

export class Agent {
  #rest;
  #policy;
  #thinkMs;
  #tell;
  #plans = new Map(); // email id -> what is still to be done with it
  #work = Promise.resolve();
  #open = 0;
  colleagues = [];
  onIdle = () => {};

  constructor({ rest, policy, thinkMs, tell }) {
    this.#rest = rest;
    this.#policy = policy;
    this.#thinkMs = thinkMs;
    this.#tell = tell;
  }

  get idle() {
    return this.#open === 0;
  }

  /** Take one notification's data; whatever follows from it is queued. */
  notice(data) {
    const email = data?.email;
    if (!email?.id) return;
    const stage = this.#plans.get(email.id)?.stage;
    if (email.state === "Invited" && stage !== "accepting") {
      this.#invited(email);
    } else if (email.state === "Processing" && stage === "accepting") {
      this.#accepted(email);
    } else if (email.state === "Completed" || email.state === "Revoked") {
      this.#plans.delete(email.id);
    }
  }

  #invited(email) {
    const action = this.#policy(email);
    if (action.name === "reject") {
      this.#act(email, { operationName: "Reject" });
    } else {
      this.#plans.set(email.id, { stage: "accepting", action });
      this.#act(email, { operationName: "Accept" });
    }
  }

  #accepted(email) {
    const plan = this.#plans.get(email.id);
    plan.stage = "working";
    if (plan.action.name === "transfer") {
      this.#act(email, { operationName: "Transfer", userUri: this.#uriOf(plan.action.target) });
    } else if (plan.action.name === "queue") {
      this.#act(email, { operationName: "Transfer", queueName: plan.action.target });
    }
  }

  #uriOf(who) {
    const nth = /^#(\d+)$/.exec(who);
    const user = nth
      ? this.colleagues[nth[1] - 1]
      : this.colleagues.find((colleague) => colleague.userName === who);
    if (!user) throw new Error(`no colleague ${who} in the directory`);
    return user.uri;
  }

  #act(email, body) {
    this.#open += 1;
    this.#work = this.#work
      .then(() => sleep(this.#thinkMs))
      .then(() => this.#rest.post(`/api/v2/me/emails/${encodeURIComponent(email.id)}`, body))
      .catch((fault) => this.#tell({ kind: "problem", message: String(fault.cause ?? fault) }))
      .then(() => {
        this.#open -= 1;
        this.onIdle();
      });
  }
}
