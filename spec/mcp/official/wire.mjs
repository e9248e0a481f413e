// Runs a server and keeps what goes over its wire: node wire.mjs LOG PROGRAM ARGUMENT... A line of LOG is the server's
// process ID after "= ", a line of its stdin after "> ", or one of its stdout after "< ": as it stands, before it is
// passed on.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

const [log, program, ...words] = process.argv.slice(2);
const server = spawn(program, words, { stdio: ["pipe", "pipe", "ignore"] });

const keep = (mark) => {
  let rest = "";
  const write = (line) => appendFileSync(log, mark + line + "\n", "latin1");
  return {
    take(octets) {
      const lines = (rest + octets.toString("latin1")).split("\n");
      rest = lines.pop();
      lines.forEach(write);
    },
    // What comes after the last line break is no line, but it is kept as one.
    end() { if (rest !== "") write(rest); },
  };
};
const [written, read] = [keep("> "), keep("< ")];

appendFileSync(log, "= " + server.pid + "\n");
process.stdin.on("data", (octets) => {
  written.take(octets);
  server.stdin.write(octets);
});
process.stdin.on("end", () => server.stdin.end());
server.stdin.on("error", () => {});
server.stdout.on("data", (octets) => {
  read.take(octets);
  process.stdout.write(octets);
});
server.on("close", () => {
  read.end();
  process.exit();
});
process.on("SIGTERM", () => server.kill("SIGTERM"));
