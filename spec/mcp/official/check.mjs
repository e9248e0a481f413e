// Every line that a server wrote, against the schemas of the official core: check(LOG) says what is wrong with them.
// A schema throws away what it does not know and adds what is missing; a line must come out of it as it went in.
import * as schemas from "@modelcontextprotocol/core";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

const RESULTS = {
  initialize: schemas.InitializeResultSchema, "server/discover": schemas.DiscoverResultSchema,
  ping: schemas.EmptyResultSchema, "tools/list": schemas.ListToolsResultSchema,
  "tools/call": schemas.CallToolResultSchema,
};

const fits = (schema, value) => {
  const { success, data } = schema.safeParse(value);
  return success && isDeepStrictEqual(data, value);
};

// The core exports no schema of a question that is a result: of its parts, then.
const isQuestion = (result) => {
  const known = ["resultType", "inputRequests", "requestState", "_meta"];
  return Object.keys(result).every((key) => known.includes(key)) && typeof result.requestState === "string"
    && Object.values(result.inputRequests).every((request) => fits(schemas.ElicitRequestSchema, request));
};

// What goes without saying in the older era must be said in the newer one, and the other way round.
const isOfEra = (request, result) => {
  const isModern = request.params?._meta?.["io.modelcontextprotocol/protocolVersion"] !== undefined;
  return isModern === ("resultType" in result) && isModern === ("_meta" in result);
};

const isResult = (request, result) => {
  if (!isOfEra(request, result)) return false;
  if (result.resultType === "input_required") return isQuestion(result);
  return fits(RESULTS[request.method], result) && (request.method !== "tools/call" || "content" in result);
};

const withoutFrame = ({ jsonrpc, id, ...message }) => message;

const isRight = (line, requests) => {
  const message = JSON.parse(line);
  if (!fits(schemas.JSONRPCMessageSchema, message)) return false;
  if ("method" in message) {
    const schema = "id" in message ? schemas.ServerRequestSchema : schemas.ServerNotificationSchema;
    return fits(schema, withoutFrame(message));
  }
  const request = requests.get(message.id);
  requests.delete(message.id);
  return request !== undefined && ("error" in message || isResult(request, message.result));
};

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// The lines of the log, one process after the other. It raises where they are not UTF-8.
export const read = (log) => utf8.decode(readFileSync(log)).split("\n").filter((line) => line !== "")
  .map((line) => ({ mark: line[0], text: line.slice(2) }));

export const check = (log) => {
  const requests = new Map(), wrong = [];
  let count = 0;
  for (const { mark, text } of read(log)) {
    const message = mark === ">" && JSON.parse(text);
    if (mark === "=") requests.clear();
    if (message && message.method && "id" in message) requests.set(message.id, message);
    if (mark !== "<") continue;
    count++;
    let right = false;
    try { right = isRight(text, requests); } catch { /* no JSON */ }
    if (!right) wrong.push(text);
  }
  return { count, wrong };
};
