// A service that answers the first message when it is told to. Any other, which should not be, it accepts at once.
import { createServer } from "node:http";
import { once } from "node:events";

const accept = (response, id) => {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify([id]));
};

export class Service {
  constructor() {
    this.taken = 0;
    this.server = createServer((request, response) => {
      if (request.method !== "POST" || request.url !== "/sms") return response.writeHead(404).end();
      this.taken++;
      if (this.taken > 1) return accept(response, "again");
      this.response = response;
      request.resume().on("end", () => this.server.emit("taken"));
    });
  }

  async open() {
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    this.url = "http://127.0.0.1:" + this.server.address().port;
    return this;
  }

  // Waits for the first message.
  async first() { if (this.taken === 0) await once(this.server, "taken"); }

  accept(id) { accept(this.response, id); }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}
