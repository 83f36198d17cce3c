// What the server tells, and what it is asked. The page is told values by key, only those that changed.

const WAIT_FIRST_MS = 500;
const WAIT_MOST_MS = 5000;

export class Live {
  constructor() {
    this.hall = null;
    this.values = new Map();
    this.onHall = () => {};
    this.onLink = () => {};
    this.onLines = () => {};
    this.watching = new Map();
    this.asked = new Map();
    this.monitors = "";
    this.counter = 0;
    this.waitMs = WAIT_FIRST_MS;
  }

  // `seen(value)` now, if there is one, and at each change.
  on(key, seen) {
    if (!this.watching.has(key)) this.watching.set(key, []);
    this.watching.get(key).push(seen);
    if (this.values.has(key)) seen(this.values.get(key));
  }

  // Resolves when it is done; rejects with the server's sentence.
  ask(what) {
    return new Promise((resolve, reject) => {
      if (this.socket?.readyState !== WebSocket.OPEN) return reject(new Error("—"));
      const id = ++this.counter;
      this.asked.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, ...what }));
    });
  }

  connect() {
    this.socket = new WebSocket(`ws://${location.host}/live`);
    this.socket.onmessage = (event) => this.heard(JSON.parse(event.data));
    this.socket.onclose = () => this.lost();
  }

  lost() {
    this.onLink(false);
    for (const { reject } of this.asked.values()) reject(new Error("—"));
    this.asked.clear();
    setTimeout(() => this.connect(), this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, WAIT_MOST_MS);
  }

  heard(told) {
    if (told.hall) this.arrived(told.hall);
    for (const [key, value] of Object.entries(told.now ?? {})) {
      this.values.set(key, value);
      for (const seen of this.watching.get(key) ?? []) seen(value);
    }
    if (told.lines || told.missed) this.onLines(told.lines ?? [], told.missed ?? 0);
    for (const reply of told.replies ?? []) {
      const asked = this.asked.get(reply.id);
      this.asked.delete(reply.id);
      if (asked) reply.ok ? asked.resolve(reply) : asked.reject(new Error(reply.error));
    }
  }

  arrived(hall) {
    this.waitMs = WAIT_FIRST_MS;
    if (this.hall && JSON.stringify(this.hall) !== JSON.stringify(hall)) return location.reload();
    const isFirst = !this.hall;
    this.hall = hall;
    if (isFirst) this.onHall(hall);
    this.onLink(true);
    if (this.monitors) this.monitor(this.monitors);
  }

  monitor(port) {
    this.monitors = port;
    this.ask({ do: "monitor", port }).catch(() => {});
  }
}
