// Which events the reader wants to see.
import { describe } from './describe.js';
import { kindOf, kinds } from './kinds.js';

export class Filter {
  #kinds = new Set(kinds.map(({ id }) => id));
  #text = '';
  #texts = new WeakMap();

  /** The place that is alone to be shown; null: all are. */
  picked = null;

  setKind(id, isShown) {
    if (isShown) this.#kinds.add(id);
    else this.#kinds.delete(id);
  }

  setText(text) {
    this.#text = text.trim().toLowerCase();
  }

  reset() {
    this.#kinds = new Set(kinds.map(({ id }) => id));
    this.#text = '';
    this.picked = null;
  }

  /** Whether it may leave anything out. */
  get isOn() {
    return this.picked !== null || this.#text !== '' || this.#kinds.size < kinds.length;
  }

  /** What makes one filter another one than before. */
  get state() {
    return JSON.stringify([[...this.#kinds], this.#text, this.picked]);
  }

  passes(item) {
    // What the page has to say of the events itself.
    if (item.kind === 'notice') return true;
    if (!this.#kinds.has(item.kind)) return false;
    if (this.picked !== null && !placesOf(item).some((place) => this.isPicked(place))) return false;
    return this.#text === '' || this.#textOf(item).includes(this.#text);
  }

  /** An object is the same one on another machine. */
  isPicked({ machine, object }) {
    if (this.picked === null || this.picked.object !== object) return false;
    return object !== null || this.picked.machine === machine;
  }

  #textOf(item) {
    const known = this.#texts.get(item);
    if (known?.of === item.text) return known.text;
    const text = `${kindOf(item.kind).label} ${describe(item)}`.toLowerCase();
    this.#texts.set(item, { of: item.text, text });
    return text;
  }
}

export function placesOf(item) {
  return item.exchange ? [item.exchange.from, item.exchange.to] : [item.place];
}
