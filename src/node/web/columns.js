// Where lifelines and events are in the chart, in pixels.

export const ROW = 28;
/** Where in its row an event is. */
const MIDDLE = 18;
/** Room for the time of each row, where there is so much. */
const GUTTER = 92;
const ROOM_FOR_GUTTER = 600;
const GAP = 20;
const NARROWEST = 104;
/** Lifelines of one machine, at least and at most, as there is room. */
const FEWEST = 4;
const MOST = 10;
const WIDEST = 340;
/** Half of the width of a bar, and how far one within another is to the right of it. */
const BAR = 3.5;
const STEP = 4;
const DEEPEST = 4;

export class Columns {
  #lifelines;
  #x = [];
  #depths;

  /** The lifelines and bars that are drawn, and the width that there is. */
  constructor(lifelines, bars, room) {
    this.#lifelines = lifelines;
    this.#depths = new Map(bars.map(({ exchange, depth }) => [exchange, Math.min(depth, DEEPEST)]));
    const { groups, count } = lifelines;
    this.hasTimes = room >= ROOM_FOR_GUTTER;
    let left = this.hasTimes ? GUTTER : 8;
    const free = room - left - GAP * groups.length - 8;
    this.column = Math.floor(Math.min(WIDEST, Math.max(NARROWEST, free / Math.max(1, count))));
    this.groups = groups.map(({ machine, lifelines: those }) => {
      const group = { machine, lifelines: those, left, width: those.length * this.column };
      for (const { index } of those) {
        this.#x[index] = left + this.column / 2;
        left += this.column;
      }
      left += GAP;
      return group;
    });
    this.width = Math.max(left, room);
  }

  /** How many lifelines each of so many machines may have. */
  static mostPerMachine(machines, room) {
    const free = room - (room >= ROOM_FOR_GUTTER ? GUTTER : 8) - GAP * machines - 8;
    const fitting = Math.floor(free / NARROWEST / Math.max(1, machines));
    return Math.min(MOST, Math.max(FEWEST, fitting));
  }

  /** Of all lifelines, from left to right. */
  get all() {
    return this.#x;
  }

  xOf(place) {
    return this.#x[this.#lifelines.at(place)?.index] ?? 0;
  }

  /** The y of what is in a row. */
  static yOf(row) {
    return row * ROW + MIDDLE;
  }

  /** Where an entry of `layRows` begins, and by how much it goes on. */
  lineOf({ item, top, sent, received }) {
    const y = Columns.yOf(sent ?? received ?? top);
    if (!item.exchange) return { x: this.xOf(item.place), y, dx: 0, dy: 0 };
    const { from, to } = item.exchange;
    const caller = this.xOf(from);
    let callee = this.xOf(to);
    // At the callee it ends at the side of its bar.
    const depth = this.#depths.get(item.exchange);
    if (depth !== undefined && caller !== callee)
      callee += depth * STEP + (caller < callee ? -BAR : BAR);
    const [x, end] = item.kind === 'call' ? [caller, callee] : [callee, caller];
    const isSloping = sent !== null && received !== null;
    return { x, y, dx: end - x, dy: isSloping ? (received - sent) * ROW : 0 };
  }

  boxOf({ place, top, bottom, depth }) {
    const x = this.xOf(place) - BAR + Math.min(depth, DEEPEST) * STEP;
    return { x, y: Columns.yOf(top), width: 2 * BAR, height: Math.max(6, (bottom - top) * ROW) };
  }
}

/** How far a point is from an arrow or mark; what is written above an arrow counts to it. */
export function distanceTo({ x, y, dx, dy }, atX, atY) {
  if (dx === 0) return Math.abs(atY - y);
  const along = Math.min(1, Math.max(0, ((atX - x) * dx + (atY - y) * dy) / (dx * dx + dy * dy)));
  const beside = Math.max(0, Math.abs(atX - (x + along * dx)) - 12) / 4;
  const above = y + along * dy - atY;
  return beside + (above > 0 ? above / 2 : -above);
}
