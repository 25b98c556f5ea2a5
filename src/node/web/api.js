// The HTTP side of a node: this page's own, or a peer's.

/**
 * What a node answered instead of what was asked for. `lock`: where it wants its token, whether that
 * was "missing" or "wrong"; else null.
 */
export class ApiError extends Error {
  constructor(status, name, text, lock) {
    super(text ? `${name}: ${text}` : name);
    this.status = status;
    this.lock = lock;
  }
}

/**
 * The base of a node's addresses, from the "HOST:PORT" that a peer tells; null where it is none. A
 * peer may tell anything: nothing but a host and a port gets into an address.
 */
export function baseOf(http) {
  if (typeof http !== 'string' || !/^[\w.:[\]-]+$/.test(http)) return null;
  try {
    return new URL(`http://${http}/`).origin;
  } catch {
    return null;
  }
}

export class NodeApi {
  #tokens;

  /** `base`: "http://127.0.0.1:8002", or "" for the node that this page comes from. */
  constructor(base, tokens) {
    this.base = base;
    this.#tokens = tokens;
  }

  peers(signal) {
    return this.#json('/peers', signal);
  }

  objects({ after, limit, filter }, signal) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (after) query.set('after', after);
    if (filter) query.set('filter', filter);
    return this.#json(`/objects?${query}`, signal);
  }

  object(id, signal) {
    return this.#json(`/objects/${encodeURIComponent(id)}`, signal);
  }

  /** The response whose body is the stream of events after the one with the id `after`. */
  async events(after, signal) {
    // Not the header Last-Event-ID: a peer would have to be asked whether it takes one.
    return this.#get(`/events?after=${encodeURIComponent(after)}`, signal);
  }

  async #json(path, signal) {
    const response = await this.#get(path, signal);
    return response.json();
  }

  async #get(path, signal) {
    const headers = this.#tokens.headersFor(this.base);
    const response = await fetch(this.base + path, {
      headers,
      signal,
      cache: 'no-store',
      credentials: 'omit',
      // A node sends nobody elsewhere, and a token must not follow one that does.
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    });
    if (response.ok) return response;
    let error = null;
    try {
      ({ error } = await response.json());
    } catch {
      // Not a node's answer; the status has to do.
    }
    const { status } = response;
    const lock = status !== 401 ? null : headers.Authorization ? 'wrong' : 'missing';
    throw new ApiError(status, error?.name ?? `HTTP ${status}`, error?.text, lock);
  }
}
