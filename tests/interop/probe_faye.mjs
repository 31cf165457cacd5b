#!/usr/bin/env node
/**
 * faye's client, put to the test by `tapestry probe`:
 *
 *   tapestry probe -- node tests/interop/probe_faye.mjs {url}
 */
import faye from "faye";

const client = new faye.Client(process.argv[2]);
client.disable("websocket");
client.disable("eventsource");

client.subscribe("/probe/events", (data) => {
  if (data.stop) client.disconnect();
  else client.publish("/service/probe/echo", data);
});
// Node would end with the last timer: after advice not to come back there is none.
setInterval(() => {}, 1000);
process.on("SIGTERM", () => process.exit(0));
