// The HTTP side of a node: this page's own, or a peer's.

/** What a node answered instead of what was asked for. */
export class ApiError extends Error {
  constructor(status, name, text) {
    super(text ? `${name}: ${text}` : name);
    this.status = status;
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
  /** `base`: "http://127.0.0.1:8002", or "" for the node that this page comes from. */
  constructor(base = '') {
    this.base = base;
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
    const response = await fetch(this.base + path, {
      signal,
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
    if (response.ok) return response;
    let error = null;
    try {
      ({ error } = await response.json());
    } catch {
      // Not a node's answer; the status has to do.
    }
    throw new ApiError(response.status, error?.name ?? `HTTP ${response.status}`, error?.text);
  }
}
