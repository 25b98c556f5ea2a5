// What comes in between two frames: it is kept until the next one takes it. Where that is much,
// those who read it wait for the frame, so that a page that cannot keep up reads less and does not
// fill up.

/** Events that may wait for a frame. */
const MOST = 5_000;

export class Intake {
  #batches = [];
  #count = 0;
  #waiting = [];
  #onArrival;

  /** `onArrival()`: there is something to take. */
  constructor(onArrival) {
    this.#onArrival = onArrival;
  }

  /** A promise that is kept when more may come. */
  put(machine, events) {
    this.#batches.push({ machine, events });
    this.#count += events.length;
    this.#onArrival();
    if (this.#count < MOST) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** [{machine, events}], in the order in which they came. */
  take() {
    const batches = this.#batches;
    const waiting = this.#waiting;
    this.#batches = [];
    this.#waiting = [];
    this.#count = 0;
    for (const resolve of waiting) resolve();
    return batches;
  }
}
