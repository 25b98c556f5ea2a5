// Draws the sequence chart: lifelines from left to right, time from top to bottom. Only the rows
// that can be seen, and some around them, are elements of the page.
import { Columns, distanceTo, ROW } from './columns.js';
import { describe } from './describe.js';
import { svg } from './dom.js';
import { arrow, mark } from './figures.js';
import { Heads } from './heads.js';

/** Rows drawn above and below those that are seen, for scrolling. */
const AROUND = 20;

export class Chart {
  #view;
  #handlers;
  #heads;
  #svg;
  #layers;
  #content;
  #columns;
  #drawn = new Map();
  #follows = true;
  #selected = null;
  #anchor = null;

  /**
   * `view`: elements, {chart, heads, plot}. `handlers`: those of Heads, and `onSelect(item)`,
   * `onMove()` when it has to be drawn again, `onResize()` when there is more or less room.
   */
  constructor(view, handlers) {
    this.#view = view;
    this.#handlers = handlers;
    this.#heads = new Heads(view.heads, handlers);
    this.#layers = {
      ground: svg('g', {}),
      lifelines: svg('g', {}),
      bars: svg('g', {}),
      times: svg('g', {}),
      events: svg('g', { role: 'presentation' }),
    };
    this.#svg = svg('svg', { role: 'presentation' }, ...Object.values(this.#layers));
    view.plot.append(this.#svg);
    view.chart.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    view.plot.addEventListener('click', (event) => this.#select(this.#entryAt(event)));
    view.plot.addEventListener('keydown', (event) => this.#keyed(event));
    new ResizeObserver(() => handlers.onResize()).observe(view.chart);
  }

  /** How many lifelines each of so many machines may have. */
  mostLifelines(machines) {
    return Columns.mostPerMachine(machines, this.#view.chart.clientWidth);
  }

  /** Whether the newest event can be seen. */
  get isAtEnd() {
    const { chart } = this.#view;
    return chart.scrollTop + chart.clientHeight >= chart.scrollHeight - ROW / 2;
  }

  goToEnd() {
    this.#follows = true;
    this.#handlers.onMove();
  }

  /** `content`: {shown, rows} of `layRows`, its `bars`, and `lifelines` for all of its places. */
  setContent(content) {
    if (!this.#follows) this.#anchor ??= this.#findAnchor();
    this.#content = content;
  }

  setSelected(item) {
    this.#selected = item;
  }

  draw() {
    const { chart, plot } = this.#view;
    const { rows, bars, lifelines } = this.#content;
    this.#columns = new Columns(lifelines, bars, chart.clientWidth);
    this.#heads.draw(this.#columns);
    const seen = chart.clientHeight - this.#heads.height;
    const height = Math.max(seen, rows * ROW + ROW / 2);
    plot.style.height = `${height}px`;
    plot.style.width = `${this.#columns.width}px`;
    if (this.#follows) chart.scrollTop = chart.scrollHeight;
    else this.#holdAnchor();

    const first = Math.max(0, Math.floor(chart.scrollTop / ROW) - AROUND);
    const last = Math.ceil((chart.scrollTop + seen) / ROW) + AROUND;
    const top = first * ROW;
    const tall = Math.min(height, (last + 1) * ROW) - top;
    this.#svg.style.top = `${top}px`;
    this.#svg.setAttribute('width', this.#columns.width);
    this.#svg.setAttribute('height', tall);
    this.#svg.setAttribute('viewBox', `0 ${top} ${this.#columns.width} ${tall}`);
    this.#drawGround(top, tall);
    this.#drawTimes(first, last);
    this.#drawBars(first, last);
    this.#drawEvents(first, last);
  }

  // Drawing.

  #drawGround(y, height) {
    const { ground, lifelines } = this.#layers;
    ground.replaceChildren(
      ...this.#columns.groups.map(({ left, width }, i) =>
        svg('rect', { class: 'band', 'data-tint': i % 6, x: left, y, width, height }),
      ),
    );
    lifelines.replaceChildren(
      ...this.#columns.all.map((x) =>
        svg('line', { class: 'lifeline', x1: x, x2: x, y1: y, y2: y + height }),
      ),
    );
  }

  #drawTimes(first, last) {
    const times = new Map();
    if (this.#columns.hasTimes) {
      for (const { item, top } of this.#content.shown) {
        if (top > last) break;
        if (top >= first) times.set(top, clock((item.at ?? item.sent ?? item.received).time));
      }
    }
    this.#layers.times.replaceChildren(
      ...[...times].map(([row, text]) =>
        svg('text', { class: 'time', x: 8, y: Columns.yOf(row) + 4, text }),
      ),
    );
  }

  #drawBars(first, last) {
    const { bars, lifelines } = this.#content;
    const seen = bars.filter(
      ({ top, bottom, place }) => top <= last && bottom >= first && !lifelines.at(place).shared,
    );
    this.#layers.bars.replaceChildren(
      ...seen.map((bar) => svg('rect', { class: 'work', rx: 1.5, ...this.#columns.boxOf(bar) })),
    );
  }

  #drawEvents(first, last) {
    const { events } = this.#layers;
    const drawn = new Map();
    for (const entry of this.#content.shown) {
      if (entry.top > last) break;
      if (entry.bottom >= first) drawn.set(entry.item.number, this.#drawEvent(entry));
    }
    for (const [number, { root }] of this.#drawn) {
      if (!drawn.has(number)) root.remove();
    }
    // What is drawn already stays the same element, so that it can be clicked while others come.
    let next = events.firstChild;
    for (const { root } of drawn.values()) {
      if (root === next) next = next.nextSibling;
      else events.insertBefore(root, next);
    }
    this.#drawn = drawn;
    const selected = this.#selected && drawn.get(this.#selected.number);
    if (selected) this.#view.plot.setAttribute('aria-activedescendant', selected.root.id);
    else this.#view.plot.removeAttribute('aria-activedescendant');
  }

  #drawEvent(entry) {
    const { item } = entry;
    const { x, y, dx, dy } = this.#columns.lineOf(entry);
    const isSelected = item === this.#selected;
    const isPair =
      !isSelected && item.exchange !== undefined && item.exchange === this.#selected?.exchange;
    const looks = [item.kind, item.failed && 'failed', isSelected && 'selected', isPair && 'pair'];
    const look = ['event', ...looks.filter(Boolean)].join(' ');
    const { width } = this.#columns;
    const isOpen = item.received === null;
    const isBroken =
      item.sent === null && item.failed && item.text.startsWith('MachineError.Unreachable');
    const made = JSON.stringify([x, dx, dy, width, isOpen, isBroken, look, item.text]);

    const known = this.#drawn.get(item.number) ?? {
      root: svg('g', { role: 'option', id: `event-${item.number}` }),
    };
    if (known.made !== made) {
      known.made = made;
      known.root.setAttribute('class', look);
      known.root.setAttribute('aria-selected', String(isSelected));
      known.root.setAttribute('aria-label', describe(item));
      const back = svg('rect', {
        class: 'back',
        x: -x,
        y: Math.min(0, dy) - ROW / 2 - 3,
        width,
        height: Math.abs(dy) + ROW - 2,
      });
      const figure = item.exchange
        ? arrow({
            dx,
            dy,
            isOpen,
            isBroken,
            isDashed: item.kind === 'answer',
            text: item.failed ? `✕ ${item.text}` : item.text,
          })
        : mark({ kind: item.kind, text: item.text, room: width - x });
      known.root.replaceChildren(back, ...figure);
    }
    if (known.x !== x || known.y !== y) {
      [known.x, known.y] = [x, y];
      known.root.setAttribute('transform', `translate(${x} ${y})`);
    }
    return known;
  }

  // Scrolling.

  #scrolled() {
    this.#follows = this.isAtEnd;
    this.#handlers.onMove();
  }

  /** What is at the top, to be there again when rows above it have come or gone. */
  #findAnchor() {
    const { scrollTop } = this.#view.chart;
    const entry = this.#content.shown.find(({ top }) => top * ROW >= scrollTop);
    return entry ? { item: entry.item, offset: scrollTop - entry.top * ROW } : null;
  }

  #holdAnchor() {
    const anchor = this.#anchor;
    this.#anchor = null;
    const entry = anchor && this.#content.shown.find(({ item }) => item === anchor.item);
    if (entry) this.#view.chart.scrollTop = entry.top * ROW + anchor.offset;
  }

  #reveal({ top }) {
    const { chart } = this.#view;
    const seen = chart.clientHeight - this.#heads.height;
    const y = top * ROW;
    if (y < chart.scrollTop) chart.scrollTop = y;
    else if (y + ROW > chart.scrollTop + seen) chart.scrollTop = y + ROW - seen;
  }

  // Choosing events.

  #entryAt({ clientX, clientY }) {
    const box = this.#view.plot.getBoundingClientRect();
    const [x, y] = [clientX - box.left, clientY - box.top];
    let best = null;
    let bestDistance = ROW;
    for (const entry of this.#content.shown) {
      if (entry.top * ROW > y) break;
      if ((entry.bottom + 1) * ROW < y) continue;
      const distance = distanceTo(this.#columns.lineOf(entry), x, y);
      if (distance < bestDistance) [best, bestDistance] = [entry, distance];
    }
    return best;
  }

  #keyed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') {
      this.#select(null);
      return;
    }
    const entry = this.#entryBy(event.key);
    if (!entry) return;
    event.preventDefault();
    this.#select(entry);
    this.#reveal(entry);
  }

  /** The entry that a key leads to from the one that is selected, or from the newest. */
  #entryBy(key) {
    const { shown } = this.#content;
    const selected = shown.findIndex(({ item }) => item === this.#selected);
    const at = selected < 0 ? shown.length : selected;
    const page = Math.max(1, Math.floor(this.#view.chart.clientHeight / ROW) - 4);
    const go = (index) => shown[Math.min(shown.length - 1, Math.max(0, index))];
    switch (key) {
      case 'ArrowUp':
        return go(at - 1);
      case 'ArrowDown':
        return go(at + 1);
      case 'PageUp':
        return go(at - page);
      case 'PageDown':
        return go(at + page);
      case 'Home':
        return go(0);
      case 'End':
        return go(shown.length - 1);
      case 'ArrowLeft':
        return shown.find(({ item }) => item === shown[selected]?.item.exchange?.call);
      case 'ArrowRight':
        return shown.find(({ item }) => item === shown[selected]?.item.exchange?.answer);
      default:
        return undefined;
    }
  }

  #select(entry) {
    // What one looks at is not to move away.
    const { chart } = this.#view;
    if (entry && chart.scrollHeight > chart.clientHeight) this.#follows = false;
    this.#handlers.onSelect(entry?.item ?? null);
  }
}

function clock(time) {
  const date = new Date(time);
  if (time === null || Number.isNaN(date.getTime())) return '';
  const padded = (value, digits = 2) => String(value).padStart(digits, '0');
  const [h, m, s] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) =>
    padded(value),
  );
  return `${h}:${m}:${s}.${padded(date.getMilliseconds(), 3)}`;
}
