// A node as the page sees it: the routes of a node's HTTP side with made-up data, and the page
// itself. Tests say what happens on it.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Bytes that may wait for a slow reader of events, before it is left behind. */
const BEHIND = 1 << 20;
const RING = 20_000;

let epochs = 1;

export class FakeNode {
  name;
  prefix;
  root;
  epoch = epochs++;
  /** Objects that live here, by id. */
  objects = new Map();
  peers = [];
  /** What all requests need but those for the page; null: none is asked for. */
  token = null;
  /** Requests that came in: {method, url, authorization}. */
  requests = [];
  #page;
  #server = null;
  #port = 0;
  #ring = [];
  #nextId = 1;
  #readers = new Set();
  #timestamps = new Map();

  /** `page`: the folder of the page's files. */
  constructor({ name, prefix, page }) {
    this.name = name;
    this.prefix = prefix;
    this.root = `obj:${prefix}.281474976710655`;
    this.#page = page;
  }

  get http() {
    return `127.0.0.1:${this.#port}`;
  }

  get url() {
    return `http://${this.http}/`;
  }

  /** How many event streams are open. */
  get readers() {
    return this.#readers.size;
  }

  /** Listens, on the port that it had before if it was stopped. */
  async start() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = this.#server.address().port;
    return this;
  }

  /** Goes away without a word. */
  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    this.#readers.clear();
    await closed;
  }

  /** Ends the event streams, but not the node. */
  breakStreams() {
    for (const { response } of this.#readers) response.destroy();
    this.#readers.clear();
  }

  /** Forgets all, as a process that was started again. */
  forget() {
    this.epoch = epochs++;
    this.objects.clear();
    this.#ring = [];
    this.#nextId = 1;
    this.#timestamps.clear();
  }

  /** Makes the two peers of each other. */
  static connect(a, b) {
    for (const [node, peer] of [
      [a, b],
      [b, a],
    ]) {
      node.peers.push({ node: peer, connected: true, requests_out: 0, requests_in: 0 });
    }
  }

  setConnected(peer, connected) {
    this.peers.find(({ node }) => node === peer).connected = connected;
  }

  addObject(
    index,
    {
      name = null,
      behavior,
      state = { text: 'nothing', json: 'Nothing' },
      waiting = false,
      mailbox = [],
    },
  ) {
    const id = `obj:${this.prefix}.${index}`;
    this.objects.set(id, {
      id,
      number: this.prefix * 2 ** 48 + index,
      name,
      behavior,
      machine: this.name,
      creating_controller: null,
      current_controller: null,
      state,
      waiting,
      mailbox,
      mailbox_size: mailbox.length,
    });
    return id;
  }

  // Events.

  /** A message of the event stream; `event` is left out for the unnamed ones. */
  emit(data, event = null) {
    const id = this.#nextId++;
    const text = `${event === null ? '' : `event: ${event}\n`}id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#ring.push({ id, text });
    if (this.#ring.length > RING) this.#ring.shift();
    for (const reader of this.#readers) this.#send(reader, text);
  }

  trace(name, inside, { object = null, text = '', execution = 1, cause, time = Date.now() } = {}) {
    const timestamp = this.#timestamps.get(execution) ?? 0;
    this.#timestamps.set(execution, timestamp + 1);
    this.emit({
      timestamp,
      event_type: { [name]: inside },
      executing_controller: null,
      execution,
      object,
      text: [name, object, text].filter(Boolean).join('  '),
      cause,
      time,
    });
  }

  wire(what, { peer, request_id, sender, target, value = null, error, time = Date.now() }) {
    this.emit(
      { what, machine: this.name, peer: peer.name, request_id, sender, target, value, error, time },
      'wire',
    );
  }

  #send(reader, text) {
    if (reader.response.writableLength > BEHIND) {
      reader.skipped += 1;
      return;
    }
    this.#tellSkipped(reader);
    reader.response.write(text);
  }

  #tellSkipped(reader) {
    if (reader.skipped === 0) return;
    reader.response.write(`event: skipped\ndata: {"count":${reader.skipped}}\n\n`);
    reader.skipped = 0;
  }

  // Requests.

  async #answer(request, response) {
    const { authorization } = request.headers;
    this.requests.push({ method: request.method, url: request.url, authorization });
    const url = new URL(request.url, this.url);
    const { origin } = request.headers;
    const isPeer =
      origin &&
      this.peers.some(({ node, connected }) => connected && origin === `http://${node.http}`);
    if (isPeer) {
      response.setHeader('Access-Control-Allow-Origin', origin);
      response.setHeader('Vary', 'Origin');
    }
    response.setHeader('Cache-Control', 'no-store');
    const isOwn = [this.http, `localhost:${this.#port}`].includes(request.headers.host);
    if (!isOwn) return fail(response, 403, 'BadRequest', 'not this host');
    if (url.pathname === '/' || url.pathname.startsWith('/web/'))
      return this.#serveFile(url.pathname, response);
    if (isPeer && request.method === 'OPTIONS') {
      response.writeHead(204, { 'Access-Control-Allow-Headers': 'authorization' });
      return response.end();
    }
    if (this.token !== null && authorization !== `Bearer ${this.token}`)
      return fail(response, 401, 'Unauthorized', 'the bearer token is missing or wrong');
    if (url.pathname === '/health') return say(response, { name: this.name, status: 'ok' });
    if (url.pathname === '/peers') return say(response, this.#told());
    if (url.pathname === '/objects') return say(response, this.#list(url.searchParams));
    if (url.pathname.startsWith('/objects/'))
      return this.#tellObject(decodeURIComponent(url.pathname.slice(9)), response);
    if (url.pathname === '/events') return this.#stream(url, request, response);
    return fail(response, 404, 'NotFound', url.pathname);
  }

  async #serveFile(path, response) {
    const name = path === '/' ? 'index.html' : path.slice('/web/'.length);
    try {
      const content = await readFile(join(this.#page, name.replaceAll('/', '')));
      response.writeHead(200, {
        'Content-Type': types[extname(name)] ?? 'application/octet-stream',
        'Content-Security-Policy': "default-src 'self'; connect-src 'self' http: https:",
        'X-Content-Type-Options': 'nosniff',
      });
      response.end(content);
    } catch {
      fail(response, 404, 'NotFound', path);
    }
  }

  #told() {
    const { name: machine, prefix, root, http, epoch } = this;
    const peers = this.peers.map(({ node, connected, requests_out, requests_in }) => ({
      machine: node.name,
      address: `127.0.0.1:${node.prefix}`,
      connected,
      protocol: 2,
      prefix: node.prefix,
      epoch: node.epoch,
      http: node.http,
      requests_out,
      requests_in,
      announced: node.objects.size,
    }));
    return { self: { machine, prefix, root, http, epoch }, peers };
  }

  #list(query) {
    const filter = query.get('filter') ?? '';
    const limit = Number(query.get('limit') ?? 100);
    const all = [...this.objects.values()].filter(({ id, name, behavior }) =>
      [id, name ?? '', behavior].some((text) => text.includes(filter)),
    );
    const start = query.has('after') ? all.findIndex(({ id }) => id === query.get('after')) + 1 : 0;
    const objects = all.slice(start, start + limit);
    const next = start + limit < all.length ? objects.at(-1).id : null;
    return { objects, total: all.length, next };
  }

  #tellObject(id, response) {
    const object = this.objects.get(id);
    if (object) say(response, object);
    else fail(response, 404, 'ObjError.NotFound', id);
  }

  #stream(url, request, response) {
    const after = Number(
      url.searchParams.get('after') ?? request.headers['last-event-id'] ?? this.#nextId - 1,
    );
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(': here\n\n');
    const reader = { response, skipped: 0 };
    const oldest = this.#ring[0]?.id ?? this.#nextId;
    if (after + 1 < oldest) reader.skipped = oldest - after - 1;
    for (const { id, text } of this.#ring) {
      if (id > after) this.#send(reader, text);
    }
    this.#readers.add(reader);
    response.on('drain', () => this.#tellSkipped(reader));
    response.on('close', () => this.#readers.delete(reader));
  }
}

function say(response, what, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(what));
}

function fail(response, status, name, text) {
  say(response, { error: { name, text } }, status);
}
