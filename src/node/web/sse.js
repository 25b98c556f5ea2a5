// Reads Server-Sent Events out of text that comes in pieces.
//
// The browser's own EventSource reads as fast as it can and gives up on some errors. This one
// leaves it to the reader when to go on, so that a page that falls behind makes the node skip, and
// say so.

/** Characters of one event. What is longer is passed over: its data is null. */
const LONGEST = 4 * 1024 * 1024;

export class EventParser {
  #longest;
  #line = '';
  #isTooLong = false;
  #id = '';
  #event = '';
  #data = [];
  #length = 0;

  constructor(longest = LONGEST) {
    this.#longest = longest;
  }

  /**
   * The events that `text` completes: {id, event, data}. Lines end with "\n" or "\r\n", which is
   * what nodes send; the format's third way, a lone "\r", is not known here.
   */
  push(text) {
    const events = [];
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#extend(text.slice(from, end));
      from = end + 1;
      const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
      this.#line = '';
      if (line === '' && !this.#isTooLong) this.#dispatch(events);
      else this.#field(line);
    }
    this.#extend(text.slice(from));
    return events;
  }

  #extend(piece) {
    if (this.#line.length + this.#length + piece.length > this.#longest) {
      this.#isTooLong = true;
      this.#line = '';
    }
    if (!this.#isTooLong) this.#line += piece;
  }

  #field(line) {
    if (this.#isTooLong) {
      this.#isTooLong = false;
      this.#data = null;
      this.#length = 0;
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data' && this.#data) {
      this.#data.push(value);
      this.#length += value.length;
    } else if (name === 'event') {
      this.#event = value;
    } else if (name === 'id') {
      this.#id = value;
    }
  }

  #dispatch(events) {
    if (this.#data === null || this.#data.length > 0) {
      const data = this.#data === null ? null : this.#data.join('\n');
      events.push({ id: this.#id, event: this.#event || 'message', data });
    }
    this.#event = '';
    this.#data = [];
    this.#length = 0;
  }
}
