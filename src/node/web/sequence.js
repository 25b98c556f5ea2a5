// One sequence of what happened, put together from what each node tells of itself.
//
// An *item* is what can be seen and chosen: a message, or a mark. A *point* is an event of one node
// that an item is made of: a message has two, where it was sent and where it was received, or one
// where only one of the nodes can be asked.
import { Exchanges } from './exchanges.js';
import { eventName, tracedKind } from './kinds.js';
import { merge } from './merge.js';
import { cut, placeOf, textOf } from './told.js';

export class Sequence {
  #limit;
  #characters;
  #kept = 0;
  #keptCharacters = 0;
  #points = new Map();
  #exchanges = new Exchanges();
  #whereabouts = new Map();
  #behaviors = new Map();
  #nextNumber = 1;
  #order = [];
  #isChanged = false;

  /** Whether events had to go for newer ones. */
  isFull = false;

  /** Keeps the newest `limit` events, and fewer where they say more than `characters` in all. */
  constructor({ limit = 10_000, characters = 32 * 1024 * 1024 } = {}) {
    this.#limit = limit;
    this.#characters = characters;
  }

  get limit() {
    return this.#limit;
  }

  /** How many events are kept. */
  get kept() {
    this.points();
    return this.#kept;
  }

  /** The behavior that an object was made of, where that was seen. */
  behaviorOf(object) {
    return this.#behaviors.get(object);
  }

  /** Whether an event is of an exchange of which something is kept. */
  knows(machine, { event, data }) {
    return event === 'wire' && this.#exchanges.has(machine, data);
  }

  /**
   * What `machine` tells: `event` is its name in the stream, `data` what it holds, `raw` the text
   * of that. `now` stands in for the time, where it tells none.
   */
  add(machine, { event, data, raw = '', now = 0 }) {
    if (event === 'wire') this.#addMessage(machine, data, raw, now);
    else this.#addTraced(machine, data, raw, now);
  }

  /** The machine left out so many events, because they were not read in time. */
  addSkipped(machine, count, now) {
    const more = Number.isSafeInteger(count) ? count : 0;
    const last = this.#points.get(machine)?.at(-1)?.item;
    const notice = last?.skipped === undefined ? this.#addNotice(machine, '', now) : last;
    notice.skipped = (notice.skipped ?? 0) + more;
    notice.text = `${counted(notice.skipped)} skipped`;
    this.#isChanged = true;
  }

  /** The machine no longer keeps so many events from before. */
  addEarlier(machine, count, now) {
    if (Number.isSafeInteger(count))
      this.#addNotice(machine, `${counted(count)} before these`, now);
  }

  /** The machine was started again. */
  addRestart(machine, now) {
    this.#exchanges.restarted(machine);
    this.#addNotice(machine, 'started again', now);
  }

  clear() {
    this.#points.clear();
    this.#exchanges.clear();
    this.#order = [];
    this.#kept = 0;
    this.#keptCharacters = 0;
    this.#isChanged = false;
    this.isFull = false;
  }

  /** The points that are kept, in order. */
  points() {
    if (this.#isChanged) {
      const byName = [...this.#points].sort(([a], [b]) => (a < b ? -1 : 1));
      this.#order = merge(byName.map(([, points]) => points));
      this.#evict();
      this.#isChanged = false;
    }
    return this.#order;
  }

  #addMessage(machine, data, raw, now) {
    const found = this.#exchanges.find(machine, data);
    if (!found) return;
    const { exchange, side, end } = found;
    this.#note(this.#whereabouts, textOf(data.target), exchange.callee);

    if (exchange[side]?.[end]) {
      exchange[side].repeats += 1;
      return;
    }
    exchange[side] ??= this.#item(side, { exchange, repeats: 0, sent: null, received: null });
    const item = exchange[side];
    if (typeof data.value === 'string') item.text = cut(data.value);
    if (side === 'answer' && typeof data.error === 'string') {
      item.failed = true;
      item.text = cut(data.error);
    }
    item[end] = this.#point(machine, item, data.time, raw, now);
  }

  #addTraced(machine, entry, raw, now) {
    const name = eventName(entry);
    const object = textOf(entry.object);
    if (object && name === 'ObjectCreated') {
      this.#note(this.#whereabouts, object, machine);
      const behavior = textOf(entry.event_type.ObjectCreated?.behavior_name);
      if (behavior) this.#note(this.#behaviors, object, cut(behavior, 200));
    }
    if (object && name === 'ObjectMoved') {
      const to = textOf(entry.event_type.ObjectMoved?.to);
      if (to) this.#note(this.#whereabouts, object, to);
    }
    const said = saidBy(entry, name, object);
    if (name === 'ObjectCalled' && this.#isMessage(machine, object, said)) return;

    const [kind, verb] = tracedKind(name);
    const item = this.#item(kind, {
      name,
      place: placeOf(machine, object),
      text: cut(`${verb} ${said}`.trim()),
      failed: kind === 'error',
      execution: entry.execution,
      timestamp: entry.timestamp,
      cause: entry.cause && typeof entry.cause === 'object' ? entry.cause : null,
    });
    item.at = this.#point(machine, item, entry.time, raw, now);
  }

  /** A call between nodes is a message there and one back: it need not be shown a third time. */
  #isMessage(machine, object, said) {
    if ((this.#whereabouts.get(object) ?? machine) !== machine) return true;
    return this.#exchanges.isServed(machine, object, said);
  }

  #addNotice(machine, text, now) {
    const item = this.#item('notice', { place: placeOf(machine, null), text });
    item.at = this.#point(machine, item, undefined, '', now);
    return item;
  }

  #item(kind, what) {
    return { number: this.#nextNumber++, kind, text: '', failed: false, ...what };
  }

  #point(machine, item, time, raw, now) {
    let points = this.#points.get(machine);
    if (!points) this.#points.set(machine, (points = []));
    const isTimed = Number.isFinite(time);
    const last = points.at(-1);
    const point = {
      machine,
      item,
      time: isTimed ? time : null,
      when: isTimed ? time : Math.max(now, last?.when ?? now),
      raw: cut(raw),
      size: Math.min(raw.length, cut(raw).length) + item.text.length,
    };
    // What tells no time was told after it happened, and happened before what follows it.
    for (
      let i = points.length - 1;
      i >= 0 && points[i].time === null && points[i].when > point.when;
      --i
    ) {
      points[i].when = point.when;
    }
    points.push(point);
    this.#kept += 1;
    this.#keptCharacters += point.size;
    this.#isChanged = true;
    return point;
  }

  /** Remembers something of an object; only of the newest, since programs make objects without end. */
  #note(map, object, value) {
    map.delete(object);
    map.set(object, value);
    if (map.size > this.#limit) map.delete(map.keys().next().value);
  }

  #evict() {
    const gone = new Set();
    for (const { item } of this.#order) {
      if (this.#kept <= this.#limit && this.#keptCharacters <= this.#characters) break;
      if (gone.has(item)) continue;
      gone.add(item);
      for (const point of [item.at, item.sent, item.received]) {
        if (!point) continue;
        this.#kept -= 1;
        this.#keptCharacters -= point.size;
      }
      if (item.exchange) this.#exchanges.forget(item);
    }
    if (gone.size === 0) return;
    this.isFull = true;
    const stays = (point) => !gone.has(point.item);
    this.#order = this.#order.filter(stays);
    for (const [machine, points] of this.#points) this.#points.set(machine, points.filter(stays));
  }
}

const counted = (count) => `${count.toLocaleString('en')} ${count === 1 ? 'event' : 'events'}`;

/** What a trace entry's text says behind the name of its event and the object that it is about. */
function saidBy(entry, name, object) {
  let text = textOf(entry.text);
  const at = text.indexOf(name);
  if (at >= 0) text = text.slice(at + name.length).trimStart();
  if (object && text.startsWith(object)) text = text.slice(object.length).trimStart();
  return text;
}
