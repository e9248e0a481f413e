// The server is killed between a message and its answer, and the client calls again.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Service } from "./service.mjs";
import { Session } from "./session.mjs";

// What time does to a call that has no process any more.
const AGE = `local store = require("vertexsms.core").store { path = os.getenv("VERTEXSMS_OUTBOX") }
  local sql = "UPDATE vertexsms_mcp_call SET created_at = created_at - 100"
  assert(store:perform({ { sql = sql } }).kind == "ok")
  store:close()`;

export default async function restart(job, print) {
  const service = await new Service().open();
  const open = () => new Session({ ...job, url: service.url }).open();
  const message = { to: "37069912345", from: "MyShop", message: "Hello from " + job.mode };

  const first = await open();
  const lost = first.call("send_sms", message).then(() => "none", (error) => error.code);
  await Promise.race([service.first(), lost]);
  first.kill();
  const code = await lost;
  await first.client.close();

  const second = await open();
  // Right away it might still be sent, by another process for all this one knows: that is waited for.
  const early = await second.call("send_sms", message, { timeout: 300 }).then(() => "none", (error) => error.code);
  const before = (await second.call("list_recent_sends")).sends[0].outcome;
  await promisify(execFile)(job.lua, ["-e", AGE], { env: { ...process.env, VERTEXSMS_OUTBOX: job.store } });
  const again = await second.call("send_sms", message);
  const after = (await second.call("list_recent_sends")).sends;
  const checked = await second.close();
  service.close();
  print({
    code, early, before, outcome: again.error.outcome, retryable: again.error.retryable, next: again.next,
    listed: after.map(({ outcome }) => outcome), questions: second.questions, taken: service.taken, ...checked,
  });
}
