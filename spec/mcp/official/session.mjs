// A session of the official client with `vertexsms mcp`, whose lines are kept in a log and checked at the end.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { fileURLToPath } from "node:url";
import { check, read } from "./check.mjs";

// `mode` is legacy, auto, or a version. `answer` is what the person says, accept or decline, or none for a client that
// cannot ask.
export class Session {
  constructor({ mode, answer, lua, log, store, url }) {
    Object.assign(this, { log, questions: 0 });
    const env = { ...process.env, VERTEXSMS_OUTBOX: store, VERTEXSMS_BASE_URL: url };
    this.transport = new StdioClientTransport({
      command: process.execPath, env, stderr: "ignore",
      args: [fileURLToPath(new URL("wire.mjs", import.meta.url)), log, lua, "bin/vertexsms", "mcp"],
    });
    const versionNegotiation = { mode: /^\d/.test(mode) ? { pin: mode } : mode };
    const capabilities = answer === "none" ? {} : { elicitation: {} };
    this.client = new Client({ name: "spec", version: "1" }, { capabilities, versionNegotiation });
    if (answer === "none") return;
    this.client.setRequestHandler("elicitation/create", async () => {
      this.questions++;
      return answer === "accept" ? { action: "accept", content: { confirm: true } } : { action: answer };
    });
  }

  async open() {
    await this.client.connect(this.transport);
    return this;
  }

  get era() { return this.client.getNegotiatedProtocolVersion?.() ?? null; }

  async call(name, args, options) {
    return (await this.client.callTool({ name, arguments: args }, options)).structuredContent;
  }

  // The messages that went over the wire, ">" from the client and "<" from the server.
  messages(direction) {
    return read(this.log).filter(({ mark }) => mark === direction).map(({ text }) => JSON.parse(text));
  }

  // The process that was started last.
  kill() { process.kill(Number(read(this.log).filter(({ mark }) => mark === "=").pop().text), "SIGKILL"); }

  async close() {
    await this.client.close();
    return check(this.log);
  }
}
