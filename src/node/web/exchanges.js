// Which messages belong together: a call and its answer, as told by the node that called and by the
// one that was called.
import { cut, placeOf, textOf } from './told.js';

const MOST_OPEN = 10_000;
/** What stands between input and output in the text of a call. */
const ARROW = '  ->  ';

export class Exchanges {
  #byKey = new Map();
  /** For each machine the calls that it has received and not answered. */
  #open = new Map();

  /** Whether a message belongs to an exchange of which something is known. */
  has(machine, data) {
    const message = identify(machine, data);
    return message !== null && this.#byKey.has(message.key);
  }

  /**
   * The exchange of what `machine` tells, and the message in it: `side` is "call" or "answer",
   * `end` is "sent" or "received". Null where it is no message.
   */
  find(machine, data) {
    const message = identify(machine, data);
    if (!message) return null;
    const { side, end, isCaller, caller, callee, key } = message;
    let exchange = this.#byKey.get(key);
    if (!exchange || (side === 'call' && isAnother(exchange, end, data))) {
      exchange = {
        key,
        caller,
        callee,
        number: data.request_id,
        from: placeOf(caller, data.sender),
        to: placeOf(callee, data.target),
        call: null,
        answer: null,
      };
      this.#byKey.set(key, exchange);
    }
    if (!exchange[side]?.[end]) this.#follow(machine, exchange, side, isCaller, data);
    return { exchange, side, end };
  }

  /** No message of this item will come any more, or it is told as another one. */
  forget(item) {
    const { exchange } = item;
    exchange[item.kind] = null;
    const isOver = exchange.call === null && exchange.answer === null;
    if (isOver && this.#byKey.get(exchange.key) === exchange) this.#byKey.delete(exchange.key);
  }

  /** A machine was started again: requests are counted from the beginning. */
  restarted(machine) {
    for (const [key, { caller, callee }] of this.#byKey) {
      if (caller === machine || callee === machine) this.#byKey.delete(key);
    }
    this.#open.delete(machine);
  }

  clear() {
    this.#byKey.clear();
    this.#open.clear();
  }

  /**
   * Whether what an execution on `machine` tells of a call is the call that began it: then it has
   * been told as a message. `said` is "INPUT  ->  OUTPUT".
   */
  isServed(machine, target, said) {
    const open = this.#open.get(machine);
    if (!open) return false;
    for (let end = said.indexOf(ARROW); end >= 0; end = said.indexOf(ARROW, end + 1)) {
      if (open.has(inputKey(target, said.slice(0, end)))) return true;
    }
    return false;
  }

  /** Keeps in mind which calls are open where. */
  #follow(machine, exchange, side, isCaller, data) {
    const target = textOf(data.target);
    const byCaller = callerKey(target, textOf(data.sender));
    const open = this.#open.get(machine) ?? new OpenCalls();
    if (isCaller) {
      // A node sends a call on to where the object has gone. It then comes from the object's old
      // place, not from the sender, who is elsewhere.
      if (side === 'call' && open.has(byCaller)) exchange.from = placeOf(machine, data.target);
      return;
    }
    this.#open.set(machine, open);
    if (side === 'call') {
      exchange.openKeys = [byCaller, inputKey(target, cut(textOf(data.value)))];
      exchange.openKeys.forEach((key) => open.add(key));
    } else {
      exchange.openKeys?.forEach((key) => open.remove(key));
    }
  }
}

const callerKey = (target, sender) => JSON.stringify(['from', target, sender]);
const inputKey = (target, input) => JSON.stringify(['with', target, input]);

/** Counts calls by their keys. */
class OpenCalls {
  #counts = new Map();

  has(key) {
    return this.#counts.has(key);
  }

  add(key) {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    // Of calls whose answers were not told.
    if (this.#counts.size > MOST_OPEN) this.#counts.delete(this.#counts.keys().next().value);
  }

  remove(key) {
    const count = this.#counts.get(key) ?? 0;
    if (count > 1) this.#counts.set(key, count - 1);
    else this.#counts.delete(key);
  }
}

function identify(machine, data) {
  const match = /^(call|answer)_(sent|received)$/.exec(textOf(data.what));
  if (!match) return null;
  const [, side, end] = match;
  const isCaller = (side === 'call') === (end === 'sent');
  const peer = textOf(data.peer);
  const [caller, callee] = isCaller ? [machine, peer] : [peer, machine];
  const key = JSON.stringify([caller, callee, data.request_id]);
  return { side, end, isCaller, caller, callee, key };
}

/**
 * Whether a call is another one than the one that had its number: a node that was started again
 * counts from the beginning. After a break it sends calls again, and these are the same.
 */
function isAnother(exchange, end, data) {
  if (!exchange.call?.[end]) return false;
  return exchange.answer !== null || exchange.call.text !== cut(textOf(data.value));
}
