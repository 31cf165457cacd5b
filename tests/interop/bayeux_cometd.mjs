#!/usr/bin/env node
/**
 * The unmodified `cometd-nodejs-server`, with nothing around it: everybody may do everything.
 *
 *   node bayeux_cometd.mjs [--port N]      prints one line: listening on http://127.0.0.1:PORT
 */
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import bayeux from "cometd-nodejs-server";
import acknowledgement from "cometd-nodejs-server/ack-extension.js";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const cometd = bayeux.createCometDServer();
cometd.addExtension(new acknowledgement.AcknowledgedMessagesExtension());
const server = createServer(cometd.handle);
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
