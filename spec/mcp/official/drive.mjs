// Tries all tools, and sends the same message twice. Each result is printed.
import { Session } from "./session.mjs";

export default async function drive(job, print) {
  const session = await new Session(job).open();
  const { tools } = await session.client.listTools();
  print({ tools: tools.length });

  const message = { to: "37069912345", from: "MyShop", message: "Hello from " + job.mode + " " + job.answer };
  print(await session.call("analyze_text", { message: "a" }));
  const sent = await session.call("send_sms", message);
  print(sent);
  print(await session.call("send_sms", message));
  print(await session.call("send_sms", { to: "1" }));
  // A refusal of the protocol is a line of its own form.
  await session.client.callTool({ name: "nothing", arguments: {} }).then(() => print({ refused: false }), () => {});
  const told = [];
  await session.call("wait_for_delivery", { id: "1", seconds: 2 }, { onprogress: (progress) => told.push(progress) });
  print({ questions: session.questions, era: session.era, told });

  // Each tool, with what it takes and with what it does not: the client checks results against the tool's own schema.
  const id = sent.id ?? "1";
  const ARGUMENTS = {
    send_sms: { ...message, message: "another" }, preview_sms: message, get_sms_cost: message, 
    analyze_text: { message: "a" }, get_sms_rates: { country: "LT" }, get_message_status: { id },
    wait_for_delivery: { id, seconds: 1 },
    list_recent_sends: {}, hlr_lookup: { msisdn: "37069912345" }, get_operator: { operatorId: "1" },
    list_networks: { country: "LT" }, correct_phone_number: { number: "+44 (0)20 7946-0018" },
    register_sender: { name: "MyShop", type: "AlphaNumeric" }, confirm_sender: { id: "1", pin: "12345" }, doctor: {},
  };
  for (const { name } of tools) {
    const results = [await session.call(name, ARGUMENTS[name]), await session.call(name, { nothing: 1 })];
    print({ name, ok: results[0].ok, kind: results[0].error?.kind, refused: results[1].error.kind });
  }
  print(await session.close());
}
