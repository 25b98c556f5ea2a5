import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baseOf } from './page/api.js';
import { Filter } from './page/filter.js';
import { layOut } from './page/json_text.js';
import { kinds, tracedKind } from './page/kinds.js';
import { Sequence } from './page/sequence.js';
import { cut, placeOf } from './page/told.js';

describe('the address of a peer', () => {
  it('is a host and a port', () => {
    assert.equal(baseOf('127.0.0.1:8002'), 'http://127.0.0.1:8002');
    assert.equal(baseOf('beta.example:8002'), 'http://beta.example:8002');
    assert.equal(baseOf('[::1]:8002'), 'http://[::1]:8002');
  });

  it('is nothing else, whatever a peer tells', () => {
    const wrong = [
      '',
      'a b',
      'x/y',
      'x?y',
      'x#y',
      'me@evil',
      'javascript:alert(1)',
      'http://x',
      '://',
      '[',
      null,
      7,
      {},
    ];
    assert.deepEqual(
      wrong.filter((http) => baseOf(http) !== null),
      [],
    );
  });
});

describe('JSON for reading', () => {
  it('has indents, and numbers as they are written', () => {
    assert.equal(
      layOut('{"id":2533556221075783680,"list":[1,[],{}],"s":"a,{\\"b\\": 1}"}'),
      [
        '{',
        '  "id": 2533556221075783680,',
        '  "list": [',
        '    1,',
        '    [],',
        '    {}',
        '  ],',
        '  "s": "a,{\\"b\\": 1}"',
        '}',
      ].join('\n'),
    );
  });

  it('is laid out as far as it goes where it was cut', () => {
    assert.equal(layOut('{"a":"bcd…'), '{\n  "a": "bcd…');
    assert.equal(layOut(']}]'), '\n]\n}\n]');
    assert.equal(layOut(''), '');
  });

  it('may be nested deeply', () => {
    assert.ok(layOut('['.repeat(4000)).length > 4000);
  });
});

describe('kinds of events', () => {
  it('that are offered are those that there are', () => {
    const ids = new Set(kinds.map(({ id }) => id));
    for (const name of ['ObjectCreated', 'ObjectCalled', 'ErrorOccurred', 'constructor', 'New'])
      assert.ok(ids.has(tracedKind(name)[0]), name);
  });
});

describe('the filter', () => {
  const itemsOf = (...told) => {
    const sequence = new Sequence();
    for (const [event, data] of told) sequence.add('alpha', { event, data });
    return sequence.points().map(({ item }) => item);
  };
  const told = [
    [
      'wire',
      {
        what: 'call_sent',
        peer: 'beta',
        request_id: 1,
        sender: 'obj:1.0',
        target: 'obj:2.0',
        value: '["Ping", 1]',
      },
    ],
    [
      'wire',
      {
        what: 'answer_received',
        peer: 'beta',
        request_id: 1,
        sender: 'obj:1.0',
        target: 'obj:2.0',
        value: '7',
      },
    ],
    [
      'message',
      { event_type: { StateUpdated: 1 }, object: 'obj:1.5', text: 'StateUpdated  obj:1.5' },
    ],
  ];
  const passed = (filter) => itemsOf(...told).map((item) => filter.passes(item));

  it('lets everything pass at first', () => {
    const filter = new Filter();
    assert.deepEqual([filter.isOn, passed(filter)], [false, [true, true, true]]);
  });

  it('leaves out kinds', () => {
    const filter = new Filter();
    filter.setKind('answer', false);
    assert.deepEqual([filter.isOn, passed(filter)], [true, [true, false, true]]);
    filter.setKind('answer', true);
    assert.equal(filter.isOn, false);
  });

  it('finds texts, ids and names of kinds, in any case', () => {
    const filter = new Filter();
    for (const [text, expected] of [
      ['PING', [true, false, false]],
      ['obj:1.5', [false, false, true]],
      [' answers ', [false, true, false]],
      ['beta', [true, true, false]],
    ]) {
      filter.setText(text);
      assert.deepEqual(passed(filter), expected, text);
    }
  });

  it('shows what a picked object has to do with, on whatever machine it is', () => {
    const filter = new Filter();
    filter.picked = placeOf('elsewhere', 'obj:2.0');
    assert.deepEqual(passed(filter), [true, true, false]);
    filter.picked = placeOf('beta', null);
    assert.deepEqual(passed(filter), [false, false, false]);
    filter.reset();
    assert.equal(filter.isOn, false);
  });
});

describe('texts', () => {
  it('are cut, and say so', () => {
    assert.equal(cut('abcdef', 3), 'abc…');
    assert.equal(cut('abc', 3), 'abc');
  });
});
