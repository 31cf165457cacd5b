#!/usr/bin/env node
/**
 * The unmodified `faye` server, with nothing around it: everybody may do everything. Sessions end when
 * twice the timeout has passed without a connect, so a short one lets the suite see them end.
 *
 *   node bayeux_faye.mjs [--port N]        prints one line: listening on http://127.0.0.1:PORT
 */
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import faye from "faye";

const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
const server = createServer();
new faye.NodeAdapter({ mount: "/api/v2/notifications", timeout: 5 }).attach(server);
server.listen(Number(values.port), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
