/**
 * What an agent does with an invitation. An action is `accept`, `reject`, `transfer:WHO` (accept,
 * then transfer to a colleague) or `queue:NAME` (accept, then transfer to a queue). WHO is a user
 * name, or `#1` for the first colleague in the directory: that holds where names are redacted too.
 */

/** Make a policy from `subject`, or `script=ACTION,ACTION,...` by order of invitation. */
export function makePolicy(text) {
  if (text === "subject") return bySubject;
  const script = /^script=(.+)$/.exec(text);
  if (!script) throw new Error(`unknown policy ${text}: write subject or script=ACTION,...`);
  const actions = script[1].split(",").map(parseAction);
  let next = 0;
  return () => actions[next++] ?? parseAction("accept");
}

function bySubject(email) {
  const subject = (email.subject ?? "").toLowerCase();
  const transfer = /transfer to (queue )?([\w#-]+)/.exec(subject);
  if (transfer) return parseAction(`${transfer[1] ? "queue" : "transfer"}:${transfer[2]}`);
  return parseAction(subject.includes("reject") ? "reject" : "accept");
}

function parseAction(text) {
  const [name, target] = text.trim().split(":");
  const needsTarget = name === "transfer" || name === "queue";
  const known = ["accept", "reject", "transfer", "queue"].includes(name);
  if (!known || needsTarget !== Boolean(target)) throw new Error(`unknown action ${text}`);
  return { name, target };
}
