// Chooses what the chart shows where more happens than can be drawn, one in N.
//
// It has tokens, as many as events may come in a burst and still all be shown, and gets new ones at
// the rate that can be shown for long. Where they run out, N doubles; where half of them are left,
// it halves.

export class Sampler {
  #burst;
  #perSecond;
  #tokens;
  #sinceChange = 0;
  #counted = 0;

  constructor({ burst = 20_000, perSecond = 1_000 } = {}) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** One in so many is shown. */
  every = 1;

  /** Time goes on. */
  tick(milliseconds) {
    this.#tokens = Math.min(this.#burst, this.#tokens + (this.#perSecond * milliseconds) / 1000);
    this.#sinceChange += milliseconds;
    if (this.every > 1 && this.#tokens > this.#burst / 2 && this.#sinceChange > 1000) {
      this.every /= 2;
      this.#sinceChange = 0;
    }
  }

  /**
   * Whether an event is shown. Messages of one exchange are shown all or none: `isKnown` says that
   * some of it is.
   */
  takes({ event, data }, isKnown) {
    if (this.every > 1 && !isKnown) {
      const isFirst = event !== 'wire' || String(data.what).startsWith('call_');
      const number = event === 'wire' ? scatter(data.request_id) : this.#counted++;
      if (!isFirst || number % this.every !== 0) return false;
    }
    this.#tokens -= 1;
    if (this.#tokens < 0) {
      this.every *= 2;
      this.#sinceChange = 0;
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
