// The tokens of nodes that let nobody in without one. Each is sent to the address that it was given
// for and to no other: a peer may claim to be anybody. They are kept as long as the tab is open.

/** Characters of a token. Nodes take headers four times as long. */
const LONGEST = 4_096;

export class Tokens {
  #kept = new Map();

  /** `base`: as of NodeApi. */
  keep(base, token) {
    // No header can hold a line's end, and a node leaves out the blanks at the end of its file.
    const text = token.replace(/[\0\r\n]/g, '').trim().slice(0, LONGEST);
    this.#kept.set(keyOf(base), text);
    storage()?.setItem(keyOf(base), text);
  }

  has(base) {
    return Boolean(this.#of(base));
  }

  /** The headers of a request to the node at `base`; none where no token of it is known. */
  headersFor(base) {
    return this.has(base) ? { Authorization: `Bearer ${bytesOf(this.#of(base))}` } : {};
  }

  /** Keeps the token of "#token=…", and takes it out of the address and of the history. */
  takeFromAddress() {
    const found = /^#token=(.+)$/.exec(location.hash);
    if (!found) return false;
    history.replaceState(null, '', location.pathname + location.search);
    this.keep('', decoded(found[1]));
    return true;
  }

  #of(base) {
    return this.#kept.get(keyOf(base)) ?? storage()?.getItem(keyOf(base));
  }
}

const keyOf = (base) => `token of ${base || location.origin}`;

/** Null where the browser is told to keep nothing. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The UTF-8 of a text, a character for each byte: as headers have it. */
const bytesOf = (text) =>
  Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
