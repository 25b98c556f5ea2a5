// Follows the events of one node, for as long as the page is open: connects again after a break,
// and goes on after the last event that it had.
import { EventParser } from './sse.js';

/** A node says something each 15 seconds, if only that it is alive. */
const SILENCE = 45_000;
/** Before the first event of a node. */
const NONE = '0';
const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;

export class EventStream {
  #api;
  #handlers;
  #stopped = new AbortController();
  #lastId = NONE;
  #epoch = null;
  #wake = () => {};

  /**
   * `onState(state, detail)`: "connecting", "live", "retrying" (detail: why), "locked" (detail: as
   * of ApiError).
   * `onSelf(self, isNewEpoch)`: what the node says of itself, before each stream.
   * `onEvents(events)`: a promise; no more is read until it is kept.
   */
  constructor(api, handlers) {
    this.#api = api;
    this.#handlers = handlers;
  }

  start() {
    this.#run();
  }

  stop() {
    this.#stopped.abort();
    this.#wake();
  }

  /** Tries at once, where it waits for its next try. */
  retry() {
    this.#wake();
  }

  async #run() {
    let delay = FIRST_DELAY;
    let state = 'connecting';
    while (!this.#stopped.signal.aborted) {
      let why;
      try {
        // One that is locked stays so to a reader, until its token is there.
        if (state !== 'locked') this.#handlers.onState('connecting');
        state = 'retrying';
        await this.#follow(() => (delay = FIRST_DELAY));
        why = 'the stream ended';
      } catch (error) {
        if (error.lock) state = 'locked';
        // What a browser says of a connection that it did not get tells a reader nothing.
        why = error instanceof TypeError ? 'it cannot be reached' : (error.lock ?? error.message);
      }
      if (this.#stopped.signal.aborted) return;
      this.#handlers.onState(state, why);
      await this.#sleep(delay);
      delay = Math.min(delay * 2, LONGEST_DELAY);
    }
  }

  async #follow(onLive) {
    const broken = new AbortController();
    const stop = () => broken.abort(new Error('nothing was heard from it'));
    this.#stopped.signal.addEventListener('abort', stop);
    let watchdog;
    const watch = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, SILENCE);
    };
    try {
      watch();
      const { self } = await this.#api.peers(broken.signal);
      // Its events are counted from the beginning after each start.
      const isNewEpoch = this.#epoch !== null && this.#epoch !== self.epoch;
      if (isNewEpoch) this.#lastId = NONE;
      this.#epoch = self.epoch;
      this.#handlers.onSelf(self, isNewEpoch);

      const response = await this.#api.events(this.#lastId, broken.signal);
      this.#handlers.onState('live');
      onLive();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        watch();
        const { value, done } = await reader.read();
        clearTimeout(watchdog);
        if (done) return;
        const events = parser.push(value);
        const isFirst = this.#lastId === NONE;
        this.#lastId = events.at(-1)?.id || this.#lastId;
        // What the node no longer kept when this page began to listen.
        if (isFirst && events[0]?.event === 'skipped') events[0].event = 'earlier';
        if (events.length === 0) continue;
        await this.#handlers.onEvents(events);
      }
    } finally {
      clearTimeout(watchdog);
      this.#stopped.signal.removeEventListener('abort', stop);
      // Whatever came to an end, the connection does too.
      broken.abort();
    }
  }

  #sleep(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
