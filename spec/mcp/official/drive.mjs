// Drives `vertexsms mcp` with the official client: node drive.mjs MODE ANSWER LUA. MODE is legacy, auto, or a version.
// ANSWER is what the person says, accept or decline, or none for a client that cannot ask. Each result is a line of JSON.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import * as schemas from "@modelcontextprotocol/core";

const [mode, answer, lua] = process.argv.slice(2);
const print = (value) => console.log(JSON.stringify(value));

const transport = new StdioClientTransport({
  command: lua, args: ["bin/vertexsms", "mcp"], env: { ...process.env }, stderr: "ignore",
});
const versionNegotiation = { mode: /^\d/.test(mode) ? { pin: mode } : mode };
const capabilities = answer === "none" ? {} : { elicitation: {} };
const client = new Client({ name: "spec", version: "1" }, { capabilities, versionNegotiation });

let questions = 0;
if (answer !== "none") {
  client.setRequestHandler("elicitation/create", async () => {
    questions++;
    return answer === "accept" ? { action: "accept", content: { confirm: true } } : { action: answer };
  });
}

await client.connect(transport);

// Every message from the server must be one that the schemas know.
const received = transport.onmessage;
transport.onmessage = (message, extra) => {
  const { success, error } = schemas.JSONRPCMessageSchema.safeParse(message);
  if (!success) print({ invalid: String(error) });
  received(message, extra);
};

const tools = await client.listTools();
print({ tools: tools.tools.length, valid: schemas.ListToolsResultSchema.safeParse(tools).success });
const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  return { ...result.structuredContent, valid: schemas.CallToolResultSchema.safeParse(result).success };
};
const message = { to: "37069912345", from: "MyShop", message: "Hello from " + mode + " " + answer };
print(await call("analyze_text", { message: "a" }));
print(await call("send_sms", message));
print(await call("send_sms", message));
print(await call("send_sms", { to: "1" }));
print({ questions, era: client.getNegotiatedProtocolVersion?.() ?? null });
await client.close();
