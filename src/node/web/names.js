// What objects are called: by their name, else by their behavior. Asked of their node, once each.
import { cut, textOf } from './told.js';

/** Names kept, and requests at once. */
const MOST = 5_000;
const AT_ONCE = 4;

export class Names {
  #known = new Map();
  #asked = new Set();
  #waiting = [];
  #active = 0;
  #apiOf;
  #onChange;

  /** `apiOf(machine)`: how to ask it, undefined where it cannot be asked. */
  constructor(apiOf, onChange) {
    this.#apiOf = apiOf;
    this.#onChange = onChange;
  }

  /** What `machine` tells of an object. */
  learn(object) {
    const name = cut(textOf(object.name) || textOf(object.behavior), 100);
    if (!name || this.#known.get(object.id) === name) return;
    this.#known.delete(object.id);
    this.#known.set(object.id, name);
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value);
    this.#onChange();
  }

  /** The name of an object; '' where it is not known, and then it is asked for. */
  of(machine, id) {
    const name = this.#known.get(id);
    if (name !== undefined) return name;
    const key = JSON.stringify([machine, id]);
    if (!this.#asked.has(key) && this.#apiOf(machine)) {
      this.#asked.add(key);
      if (this.#asked.size > MOST) this.#asked.delete(this.#asked.values().next().value);
      this.#waiting.push({ machine, id });
      this.#ask();
    }
    return '';
  }

  async #ask() {
    if (this.#active >= AT_ONCE) return;
    this.#active += 1;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        this.learn(
          (await this.#apiOf(next.machine)?.object(next.id, AbortSignal.timeout(5_000))) ?? {},
        );
      } catch {
        // It has gone, or its node has: its id has to do.
      }
    }
    this.#active -= 1;
  }
}
