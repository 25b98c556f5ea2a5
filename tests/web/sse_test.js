import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventParser } from './page/sse.js';
import { randomOf } from './random.js';

const read = (...pieces) => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('the reader of event streams', () => {
  it('reads named and unnamed events', () => {
    assert.deepEqual(read('id: 7\ndata: {"a":1}\n\nevent: wire\nid: 8\ndata: 2\n\n'), [
      { id: '7', event: 'message', data: '{"a":1}' },
      { id: '8', event: 'wire', data: '2' },
    ]);
  });

  it('keeps the last id, and nothing else, for the next event', () => {
    assert.deepEqual(read('event: wire\nid: 7\ndata: 1\n\ndata: 2\n\n')[1], {
      id: '7',
      event: 'message',
      data: '2',
    });
  });

  it('passes over comments, unknown fields, and events without data', () => {
    assert.deepEqual(read(': here\n\nretry: 10\nevent: wire\n\ndata: 1\n\n'), [
      { id: '', event: 'message', data: '1' },
    ]);
  });

  it('takes one space away behind the colon, and knows lines without one', () => {
    assert.deepEqual(
      read('data:  x\n\ndata\n\ndata:y\n\n').map(({ data }) => data),
      [' x', '', 'y'],
    );
  });

  it('joins lines of data', () => {
    assert.equal(read('data: a\ndata: b\n\n')[0].data, 'a\nb');
  });

  it('reads lines that end with a carriage return too', () => {
    assert.deepEqual(read('id: 1\r\ndata: x\r', '\n\r\n'), [
      { id: '1', event: 'message', data: 'x' },
    ]);
  });

  it('gives no event before its end has come', () => {
    const parser = new EventParser();
    assert.deepEqual(parser.push('data: 1\n'), []);
    assert.equal(parser.push('\n').length, 1);
  });

  it('reads the same wherever the text is cut', () => {
    const text = ': hi\n\nevent: wire\nid: 1\ndata: {"value":"ä𝄞"}\n\nid: 2\ndata: a\ndata: b\n\n';
    const whole = read(text);
    for (let seed = 1; seed <= 200; ++seed) {
      const random = randomOf(seed);
      const pieces = [];
      for (let from = 0; from < text.length;) {
        const to = from + 1 + random.below(9);
        pieces.push(text.slice(from, to));
        from = to;
      }
      assert.deepEqual(read(...pieces), whole, `seed ${seed}`);
    }
  });

  it('passes over what is too long, and goes on behind it', () => {
    for (const size of [1, 7, 1000]) {
      const text = `id: 1\ndata: ${'x'.repeat(100)}\n\nid: 2\ndata: ${'y'.repeat(8)}\ndata: ${'y'.repeat(60)}\n\nid: 3\ndata: z\n\n`;
      const parser = new EventParser(64);
      const events = [];
      for (let from = 0; from < text.length; from += size)
        events.push(...parser.push(text.slice(from, from + size)));
      assert.deepEqual(
        events.map(({ id, data }) => [id, data]),
        [
          ['1', null],
          ['2', null],
          ['3', 'z'],
        ],
      );
    }
  });
});
