// The table of a node's objects: filter, pages, states as text, and who waits.
import { element, number, say, settled } from './dom.js';
import { cut, placeOf, textOf } from './told.js';

const PAGE = 50;
const REFRESH = 2_000;

export class ObjectsView {
  #view;
  #handlers;
  #nodes = [];
  #machine = null;
  /** Of each page that was gone through, what it began after. */
  #pages = [''];
  #next = null;
  #picked = null;
  #request = null;
  #rows = new Map();

  /**
   * `view`: elements by what they are for. `onPick(place, object)`: a row was chosen.
   * `onObjects(machine, objects)`: what a node has told of objects.
   */
  constructor(view, handlers) {
    this.#view = view;
    this.#handlers = handlers;
    view.node.addEventListener('change', () => this.#choose(view.node.value));
    view.filter.addEventListener(
      'input',
      settled(200, () => this.#goTo([''])),
    );
    view.next.addEventListener('click', () => this.#goTo([...this.#pages, this.#next]));
    view.previous.addEventListener('click', () => this.#goTo(this.#pages.slice(0, -1)));
    setInterval(() => {
      if (!document.hidden && !this.#request) this.refresh();
    }, REFRESH);
  }

  /** Nodes that can be asked: {machine, api}; this page's own first. */
  setNodes(nodes) {
    const before = this.#nodes.map(({ machine }) => machine);
    this.#nodes = nodes;
    const machines = nodes.map(({ machine }) => machine);
    if (JSON.stringify(before) !== JSON.stringify(machines)) {
      const options = machines.map((machine) =>
        element('option', { value: machine, text: machine }),
      );
      this.#view.node.replaceChildren(...options);
      if (this.#machine !== null) this.#view.node.value = this.#machine;
    }
    if (!machines.includes(this.#machine)) this.#choose(machines[0] ?? null);
  }

  /** The first object that is listed. */
  get first() {
    return this.#rows.values().next().value?.object;
  }

  setPicked(object) {
    this.#picked = object;
    for (const row of this.#rows.values()) row.setPicked(object);
  }

  async refresh() {
    this.#request?.abort();
    const node = this.#nodes.find(({ machine }) => machine === this.#machine);
    if (!node) return;
    const request = new AbortController();
    this.#request = request;
    const timeout = setTimeout(() => request.abort(), 10_000);
    try {
      const page = {
        after: this.#pages.at(-1),
        limit: PAGE,
        filter: this.#view.filter.value.trim(),
      };
      const answer = await node.api.objects(page, request.signal);
      if (this.#request === request) this.#show(node.machine, answer);
    } catch (error) {
      if (this.#request === request) this.#complain(error);
    } finally {
      clearTimeout(timeout);
      if (this.#request === request) this.#request = null;
    }
  }

  #choose(machine) {
    this.#machine = machine;
    if (machine !== null) this.#view.node.value = machine;
    this.#goTo(['']);
  }

  #goTo(pages) {
    this.#pages = pages;
    this.#view.next.disabled = true;
    this.#view.previous.disabled = true;
    this.refresh();
  }

  #show(machine, { objects, total, next }) {
    this.#next = next ?? null;
    this.#view.next.disabled = this.#next === null;
    this.#view.previous.disabled = this.#pages.length < 2;
    this.#handlers.onObjects(machine, objects, total);

    const kept = new Map();
    for (const object of objects) {
      const row =
        this.#rows.get(object.id) ?? makeRow((place) => this.#handlers.onPick(place, row.object));
      row.show(machine, object);
      row.setPicked(this.#picked);
      kept.set(object.id, row);
    }
    this.#rows = kept;
    // Rows that stay keep the focus.
    const roots = [...kept.values()].map(({ root }) => root);
    const isSame =
      roots.length === this.#view.body.children.length &&
      roots.every((root, i) => root === this.#view.body.children[i]);
    if (!isSame) this.#view.body.replaceChildren(...roots);

    const before = (this.#pages.length - 1) * PAGE;
    const to = before + objects.length;
    say(
      this.#view.page,
      objects.length === 0 ? '0' : `${number(before + 1)}–${number(to)} of ${number(total)}`,
    );
    this.#view.empty.hidden = objects.length > 0;
    const isFiltered = this.#view.filter.value.trim() !== '';
    say(
      this.#view.empty,
      isFiltered
        ? 'No object matches the filter.'
        : 'No objects yet. Start the node with --create NAME=BEHAVIOR, or let a program make some.',
    );
  }

  #complain(error) {
    const why = error instanceof TypeError ? 'it cannot be reached' : error.message;
    say(this.#view.page, `${this.#machine}: ${why}`);
  }
}

function makeRow(onPick) {
  const title = element('span', { class: 'name' });
  const id = element('span', { class: 'id' });
  const button = element(
    'button',
    {
      type: 'button',
      'aria-pressed': 'false',
      click: () => onPick(placeOf(row.machine, row.object.id)),
    },
    title,
    id,
  );
  const state = element('td', { class: 'value' });
  const waits = element('td', { class: 'waits' });
  const root = element('tr', {}, element('th', { scope: 'row' }, button), state, waits);

  const row = {
    root,
    machine: null,
    object: null,
    show(machine, object) {
      row.machine = machine;
      row.object = object;
      say(
        title,
        object.name && object.name !== object.behavior
          ? `${object.name} · ${object.behavior}`
          : object.behavior,
      );
      say(id, object.id);
      const text = textOf(object.state?.text);
      say(state, cut(text, 200));
      state.title = cut(text, 1000);
      const count = object.mailbox_size ?? object.mailbox?.length ?? 0;
      const mail = count === 0 ? '' : `${number(count)} in mailbox`;
      say(waits, [object.waiting ? 'waits' : '', mail].filter(Boolean).join(', '));
    },
    setPicked(picked) {
      const isPicked = picked !== null && row.object.id === picked;
      button.setAttribute('aria-pressed', String(isPicked));
      root.classList.toggle('picked', isPicked);
    },
  };
  return row;
}
