// The nodes of the cluster and how they are: what this page's node says of its peers, and whether
// this page hears their events.
import { element, number, say } from './dom.js';
import { TokenForm } from './token_form.js';

const heard = {
  connecting: 'connecting to its events',
  live: 'events live',
  retrying: 'events not reached, trying again',
  locked: 'asks for its token',
  none: 'tells no HTTP address',
  spare: 'not listened to, there are too many',
};

export class ClusterView {
  #list;
  #cards = new Map();
  #onToken;

  /** `onToken(base, token)`: it was entered for the peer at `base`. */
  constructor(list, onToken) {
    this.#list = list;
    this.#onToken = onToken;
  }

  /**
   * `nodes`, this page's own first: {machine, isSelf, isKnown, connected, protocol, prefix, http,
   * base, requests_out, requests_in, announced, address, objects, stream: {state, detail}}.
   */
  show(nodes) {
    const gone = new Set(this.#cards.keys());
    nodes.forEach((node, index) => {
      gone.delete(node.machine);
      let card = this.#cards.get(node.machine);
      if (!card) this.#cards.set(node.machine, (card = makeCard(this.#onToken)));
      card.show(node, index);
      if (this.#list.children[index] !== card.root)
        this.#list.insertBefore(card.root, this.#list.children[index] ?? null);
    });
    for (const machine of gone) {
      this.#cards.get(machine).root.remove();
      this.#cards.delete(machine);
    }
  }
}

function makeCard(onToken) {
  const name = element('h3');
  const state = element('p', { class: 'state' });
  const facts = element('dl');
  const events = element('p', { class: 'events' });
  const root = element(
    'li',
    { class: 'node' },
    element('div', { class: 'who' }, name, state),
    facts,
    events,
  );
  const values = new Map();
  let asked = null;

  const fact = (label, value, title) => {
    let entry = values.get(label);
    if (!entry) {
      entry = element('dd');
      values.set(label, entry);
      facts.append(element('div', { title }, element('dt', { text: label }), entry));
    }
    say(entry, value);
  };

  const show = (node, index) => {
    say(name, node.machine);
    root.dataset.tint = index % 6;
    const condition = conditionOf(node);
    say(state, condition.text);
    state.dataset.state = condition.state;
    if (node.isSelf) {
      fact('objects', number(node.objects), 'Objects that live here');
      fact('node id', text(node.prefix), 'The number that ids made here begin with');
      fact('HTTP', text(node.http), 'Where this page comes from');
    } else {
      fact('protocol', text(node.protocol), '2: this implementation; 1: the reference node');
      fact('asked', number(node.requests_out), 'Requests to it that are not answered yet');
      fact('asks', number(node.requests_in), 'Requests of its own that are not answered yet');
      fact('announced', number(node.announced), 'Objects that are known to be there');
      fact('HTTP', text(node.http || '–'), 'Where its events are read');
    }
    const { state: heardState, detail } = node.stream;
    say(events, heard[heardState]);
    events.title = detail ?? '';
    events.dataset.state = heardState;
    ask(heardState === 'locked' && !node.isSelf ? node.base : null, node);
    asked?.form.show(detail);
  };

  // What was typed for one address must not go to another that is told meanwhile.
  const ask = (base, { machine }) => {
    if (base === (asked?.base ?? null)) return;
    asked?.form.root.remove();
    asked = null;
    if (base === null) return;
    const form = new TokenForm(`${machine} at ${new URL(base).host}`, (token) =>
      onToken(base, token),
    );
    asked = { base, form };
    root.append(form.root);
  };
  return { root, show };
}

function conditionOf(node) {
  if (node.isSelf) {
    return node.isKnown
      ? { text: 'this node', state: 'good' }
      : { text: 'not reached', state: 'bad' };
  }
  return node.connected
    ? { text: 'connected', state: 'good' }
    : { text: 'not connected', state: 'bad' };
}

const text = (value) => (value === null || value === undefined ? '–' : String(value));
