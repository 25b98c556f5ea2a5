// The nodes whose events are followed: this page's own, and those of its peers that tell an HTTP
// address.
import { baseOf, NodeApi } from './api.js';
import { EventStream } from './stream.js';
import { Tokens } from './tokens.js';

const REFRESH = 2_000;
/** A browser has only so many connections. */
const MOST = 32;

export class FollowedNodes {
  #tokens = new Tokens();
  #own = new NodeApi('', this.#tokens);
  #nodes = new Map();
  #self = null;
  #peers = [];
  #isKnown = false;
  #timer;
  #handlers;

  /**
   * `onEvents(machine, events)`: a promise as for EventStream. `onRestart(machine)`, `onChange()`.
   */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  start() {
    this.#tokens.takeFromAddress();
    this.#refresh();
    addEventListener('hashchange', () => this.#tokens.takeFromAddress() && this.#unlock(''));
    // Back from a pause one wants to see things now.
    addEventListener('online', () => this.#retry());
    document.addEventListener('visibilitychange', () => document.hidden || this.#retry());
  }

  /** This page's node; null until it has been reached. */
  get self() {
    return this.#self;
  }

  /** Names of all machines known, this page's own first. */
  get machines() {
    return this.#self ? [this.#self.machine, ...this.#peers.map(({ machine }) => machine)] : [];
  }

  apiOf(machine) {
    return this.#nodes.get(machine)?.api;
  }

  /** For the table of objects: those that can be asked. */
  get reachable() {
    return [...this.#nodes]
      .filter(([machine, node]) => machine === this.#self?.machine || node.stream.state === 'live')
      .map(([machine, { api }]) => ({ machine, api }));
  }

  /** The token of the node at `base`, '' for this page's own. */
  giveToken(base, token) {
    this.#tokens.keep(base, token);
    this.#unlock(base);
  }

  /** Whether this page's node is sent one. */
  get hasToken() {
    return this.#tokens.has('');
  }

  /** For the cluster's view. */
  get all() {
    if (!this.#self) return [];
    const streamOf = ({ machine, http }) =>
      this.#nodes.get(machine)?.stream ?? { state: baseOf(http) ? 'spare' : 'none' };
    const own = {
      ...this.#self,
      isSelf: true,
      isKnown: this.#isKnown,
      stream: streamOf(this.#self),
    };
    return [
      own,
      ...this.#peers.map((peer) => ({
        ...peer,
        isSelf: false,
        base: baseOf(peer.http),
        stream: streamOf(peer),
      })),
    ];
  }

  /**
   * Where this page has to be opened for peers to let it read; null where it is. They know the
   * address that its node has told, and no other name of it.
   */
  get properAddress() {
    const base = baseOf(this.#self?.http);
    const hasPeers = this.#peers.some(({ http }) => baseOf(http) !== null);
    return hasPeers && base !== null && base !== location.origin ? `${base}/` : null;
  }

  /** Why this page's node cannot be asked; null where it can. */
  trouble = 'connecting';

  /** Whether this page's node wants its token: as of ApiError. */
  lock = null;

  async #refresh() {
    try {
      const { self, peers } = await this.#own.peers(AbortSignal.timeout(10_000));
      this.#self = self;
      // One that has never been reached has no name yet.
      this.#peers = peers
        .map((peer) => ({ ...peer, machine: peer.machine || peer.address }))
        .filter(({ machine }) => machine !== self.machine);
      this.#isKnown = true;
      this.trouble = null;
      this.lock = null;
      this.#follow();
    } catch (error) {
      this.#isKnown = false;
      this.lock = error.lock ?? null;
      this.trouble = this.lock
        ? 'asks for its token'
        : error.status
          ? error.message
          : 'not reached, trying again';
    }
    this.#handlers.onChange();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refresh(), REFRESH);
  }

  #follow() {
    const wanted = new Map([[this.#self.machine, '']]);
    for (const { machine, http } of this.#peers) {
      const base = baseOf(http);
      if (base && wanted.size < MOST) wanted.set(machine, base);
    }
    for (const [machine, node] of this.#nodes) {
      if (wanted.get(machine) === node.api.base) continue;
      node.events.stop();
      this.#nodes.delete(machine);
    }
    for (const [machine, base] of wanted) {
      if (!this.#nodes.has(machine)) this.#nodes.set(machine, this.#open(machine, base));
    }
  }

  #open(machine, base) {
    const api = new NodeApi(base, this.#tokens);
    const node = { api, stream: { state: 'connecting' } };
    node.events = new EventStream(api, {
      onState: (state, detail) => {
        node.stream = { state, detail };
        this.#handlers.onChange();
      },
      onSelf: (self, isNewEpoch) => {
        if (self.machine !== machine) throw new Error(`there answers ${self.machine}`);
        if (isNewEpoch) this.#handlers.onRestart(machine);
      },
      onEvents: (events) => this.#handlers.onEvents(machine, events),
    });
    node.events.start();
    return node;
  }

  #unlock(base) {
    if (base === '') this.#refresh();
    for (const { api, events } of this.#nodes.values()) if (api.base === base) events.retry();
  }

  #retry() {
    for (const { events } of this.#nodes.values()) events.retry();
  }
}
