#!/usr/bin/env node
/**
 * The official JavaScript client, put to the test by `tapestry probe`:
 *
 *   tapestry probe -- node tests/interop/probe_cometd.mjs --library cometd {url}
 *
 * It does what docs/client-conformance.md asks of every driver: subscribe after each handshake, echo
 * each event, disconnect when told to.
 */
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { adapt } from "cometd-nodejs-client";

const { values, positionals } = parseArgs({
  options: { library: { type: "string", default: "cometd" }, "no-ack": { type: "boolean" } },
  allowPositionals: true,
});

adapt();
const cometd = values.library === "cometd" ? await newest() : oldest(values.library);
cometd.unregisterTransport("websocket");
cometd.unregisterTransport("callback-polling");
cometd.configure({ url: positionals[0], logLevel: "error" });
cometd.addListener("/meta/handshake", (reply) => {
  if (reply.successful) cometd.subscribe("/probe/events", take);
});
process.on("SIGTERM", () => process.exit(0));
cometd.handshake();

function take({ data }) {
  if (data.stop) cometd.disconnect();
  else cometd.publish("/service/probe/echo", data);
}

async function newest() {
  const { CometD } = await import("cometd");
  const { AckExtension } = await import("cometd/AckExtension.js");
  const client = new CometD();
  if (!values["no-ack"]) client.registerExtension("ack", new AckExtension());
  return client;
}

/** Releases before 8 are CommonJS; their extensions register themselves. */
function oldest(library) {
  const require = createRequire(import.meta.url);
  const { CometD } = require(library);
  const client = new CometD();
  if (!values["no-ack"]) {
    const AckExtension = require(`${library}/AckExtension`);
    client.registerExtension("ack", new AckExtension());
  }
  return client;
}
