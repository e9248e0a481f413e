// The client gives a call up while the service hangs.
import { Service } from "./service.mjs";
import { Session } from "./session.mjs";

export default async function timeout(job, print) {
  const service = await new Service().open();
  const session = await new Session({ ...job, url: service.url }).open();
  const message = { to: "37069912345", from: "MyShop", message: "Hello from " + job.mode };
  const last = async () => (await session.call("list_recent_sends")).sends[0];

  // The service must have the message before the client gives up. On a busy machine that takes another try, and a call
  // that was given up too early has left nothing behind.
  await session.call("preview_sms", message);
  let code;
  for (let patience = 300; service.taken === 0; patience *= 2) {
    code = await session.call("send_sms", message, { timeout: patience }).then(() => "none", (error) => error.code);
    if (code === "none") break;
    while (service.taken === 0 && (await last())?.outcome === "sending");
  }
  let row = await last();
  const cancelled = session.messages(">").filter(({ method }) => method === "notifications/cancelled");
  const given = new Set(cancelled.map(({ params }) => params.requestId));

  service.accept("4711");
  const before = row.outcome;
  while (row.outcome === "sending") row = await last();
  const again = await session.call("send_sms", message);

  const answered = session.messages("<").filter((line) => given.has(line.id)).length;
  const checked = await session.close();
  service.close();
  print({
    code, cancelled: cancelled.length > 0, before, after: row.outcome, id: row.id, again: again.id,
    repeated: again.repeated, taken: service.taken, answered, ...checked,
  });
}
