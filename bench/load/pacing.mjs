/** The next request as soon as the one before is answered. */
export class ClosedLoop {
  #stopped = false;

  constructor(tally) {
    this.tally = tally;
  }

  start(connections) {
    for (const connection of connections) if (connection.isOpen) this.free(connection);
    this.started = true;
  }

  /** A connection has nothing under way. */
  free(connection) {
    if (this.#stopped) return;
    const now = performance.now();
    this.tally.offered(now, false);
    connection.send(now);
  }

  stop() {
    this.#stopped = true;
  }
}

/**
 * Virtual users, one to a connection, each with a fixed schedule: one request every `thinkMs`, the schedules spread
 * evenly. A user who still waits when the next request is due lets it go, which counts as missed, as a person would;
 * how long a request takes counts from when it was due, however late this process was to send it.
 */
export class ThinkTime {
  #timer;
  #due = 0;

  constructor(tally, thinkMs) {
    this.tally = tally;
    this.thinkMs = thinkMs;
  }

  start(connections) {
    const startedAt = performance.now();
    const everyMs = this.thinkMs / connections.length;
    const tick = () => {
      const now = performance.now();
      for (;;) {
        const dueAt = startedAt + this.#due * everyMs;
        if (dueAt > now) break;
        const user = connections[this.#due++ % connections.length];
        const isFree = user.isOpen && !user.isWaiting;
        this.tally.offered(dueAt, !isFree);
        if (isFree) user.send(dueAt);
      }
      this.#timer = setTimeout(tick, 1);
    };
    tick();
    this.started = true;
  }

  free() {
    // The schedule decides when the next request is sent.
  }

  stop() {
    clearTimeout(this.#timer);
  }
}
