// Which messages belong together: a call and its answer, as told by the node that called and by the
// one that was called.
import { cut, placeOf, textOf } from './told.js';

const MOST_OPEN = 10_000;

export class Exchanges {
  #byKey = new Map();
  /** For each machine how many calls it has received and not answered, by who calls whom. */
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
   * A node sends a call on to where the object has gone. It then comes from the object's old place,
   * not from the sender, who is elsewhere.
   */
  #follow(machine, exchange, side, isCaller, data) {
    const call = `${textOf(data.sender)} ${textOf(data.target)}`;
    const open = this.#open.get(machine) ?? new Map();
    const count = open.get(call) ?? 0;
    if (isCaller) {
      if (side === 'call' && count > 0) exchange.from = placeOf(machine, data.target);
      return;
    }
    this.#open.set(machine, open);
    if (side === 'call') {
      open.set(call, count + 1);
      // Of calls whose answers were not told.
      if (open.size > MOST_OPEN) open.delete(open.keys().next().value);
    } else if (count > 1) {
      open.set(call, count - 1);
    } else {
      open.delete(call);
    }
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
