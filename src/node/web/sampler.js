// Chooses what the chart shows where more happens than can be drawn, one in N.
//
// It has tokens, as many as events may come in a burst and still all be shown, and gets new ones at
// the rate that can be shown for long. Where they run out N doubles. It is no greater than what
// comes in a second asks for.

const SECOND = 1_000;
/** The events of a call and its answer, as both nodes tell them. */
const EXCHANGE = 4;

export class Sampler {
  #burst;
  #perSecond;
  #tokens;
  #offered = 0;
  #elapsed = 0;
  #counted = 0;

  constructor({ burst = 40_000, perSecond = 1_000 } = {}) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** One in so many is shown. */
  every = 1;

  /** Time goes on. */
  tick(milliseconds) {
    this.#tokens = Math.min(this.#burst, this.#tokens + (this.#perSecond * milliseconds) / SECOND);
    this.#elapsed += milliseconds;
    if (this.#elapsed < SECOND) return;
    const rate = (this.#offered * SECOND) / this.#elapsed;
    while (this.every > 1 && rate <= (this.every / 2) * this.#perSecond) this.every /= 2;
    this.#offered = 0;
    this.#elapsed = 0;
  }

  /**
   * Whether an event is shown. Messages of one exchange are shown all or none: `isKnown` says that
   * some of it is.
   */
  takes({ event, data }, isKnown) {
    this.#offered += 1;
    // It was counted when the first of them came.
    if (isKnown) return true;
    const isMessage = event === 'wire';
    if (this.every > 1) {
      const isFirst = !isMessage || String(data.what).startsWith('call_');
      const number = isMessage ? scatter(data.request_id) : this.#counted++;
      if (!isFirst || number % this.every !== 0) return false;
    }
    this.#tokens -= isMessage ? EXCHANGE : 1;
    if (this.#tokens < 0) {
      this.every *= 2;
      // Enough for what comes until it is seen whether this suffices.
      this.#tokens = this.#perSecond / 4;
    }
    return true;
  }
}

/** A number for a number, such that of any row of them about one in N can be divided by N. */
function scatter(number) {
  return Math.imul(Number(number) || 0, 0x9e3779b1) >>> 16;
}
