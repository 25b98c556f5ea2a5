// Takes events as they come, chooses among them where they are too many, and holds them back while
// the reader has paused.
import { Sampler } from './sampler.js';
import { Sequence } from './sequence.js';

/** Of what is held back. */
const MOST_HELD = 20_000;
const MOST_CHARACTERS = 32 * 1024 * 1024;

export class Recorder {
  #sequence = new Sequence();
  #sampler = new Sampler();
  #held = [];
  #heldCharacters = 0;

  /** Events since the page was opened or cleared. */
  seen = 0;
  /** Events that nodes left out, because this page did not read them in time. */
  skipped = 0;
  isPaused = false;
  /** Events that came since it was paused. */
  held = 0;

  get sequence() {
    return this.#sequence;
  }

  /** One in so many events is shown. */
  get every() {
    return this.#sampler.every;
  }

  /** `batches` of an Intake. `elapsed`: milliseconds since the last time. */
  take(batches, now, elapsed) {
    this.#sampler.tick(elapsed);
    for (const { machine, events } of batches) {
      for (const event of events) this.#take(machine, event, now);
    }
  }

  restarted(machine, now) {
    this.#put({ machine, event: 'restarted', now });
  }

  pause() {
    this.isPaused = true;
  }

  resume() {
    this.isPaused = false;
    const held = this.#held;
    this.#letGo();
    // There are not so many of them that any would have to be left out.
    for (const message of held) this.#keep(message);
  }

  clear() {
    this.#sequence.clear();
    this.#letGo();
    this.seen = 0;
    this.skipped = 0;
  }

  #take(machine, { event, data }, now) {
    const told = parse(data);
    if (event === 'earlier' && told !== null) {
      this.#put({ machine, event, count: told.count, now });
    } else if (event !== 'skipped' && told !== null) {
      this.seen += 1;
      this.#put({ machine, event, data: told, raw: data, now });
    } else {
      // What cannot be read is left out too.
      const count = told === null ? 1 : told.count;
      this.skipped += Number.isSafeInteger(count) ? count : 0;
      this.#put({ machine, event: 'skipped', count, now });
    }
  }

  #put(message) {
    if (!this.isPaused) {
      if (this.#isTaken(message)) this.#keep(message);
      return;
    }
    this.held += 1;
    this.#held.push(message);
    this.#heldCharacters += message.raw?.length ?? 0;
    // The older half, which would soon go for newer ones.
    if (this.#held.length >= MOST_HELD || this.#heldCharacters >= MOST_CHARACTERS) {
      this.#held.splice(0, Math.ceil(this.#held.length / 2));
      this.#heldCharacters = this.#held.reduce((sum, { raw }) => sum + (raw?.length ?? 0), 0);
    }
  }

  #letGo() {
    this.#held = [];
    this.#heldCharacters = 0;
    this.held = 0;
  }

  #isTaken(message) {
    if (!message.data) return true;
    return this.#sampler.takes(message, this.#sequence.knows(message.machine, message));
  }

  #keep(message) {
    const { machine, event, count, now } = message;
    if (event === 'restarted') this.#sequence.addRestart(machine, now);
    else if (event === 'earlier') this.#sequence.addEarlier(machine, count, now);
    else if (event === 'skipped') this.#sequence.addSkipped(machine, count, now);
    else this.#sequence.add(machine, message);
  }
}

/** The object that a text is; null where it is none. */
function parse(text) {
  try {
    const told = JSON.parse(text);
    return told !== null && typeof told === 'object' && !Array.isArray(told) ? told : null;
  } catch {
    return null;
  }
}
