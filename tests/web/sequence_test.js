import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Sequence } from './page/sequence.js';
import { randomOf } from './random.js';

const wire = (what, peer, number, more = {}) => ({
  event: 'wire',
  data: {
    what,
    peer,
    request_id: number,
    sender: 'obj:1.0',
    target: 'obj:2.0',
    value: `${number}`,
    ...more,
  },
});
const trace = (name, inside, more = {}) => ({
  event: 'message',
  data: {
    timestamp: 0,
    event_type: { [name]: inside },
    execution: 1,
    object: null,
    text: name,
    ...more,
  },
});

/** Each point as "machine text" or "machine kind>" (sent) and "machine >kind" (received). */
const lines = (sequence) =>
  sequence.points().map((point) => {
    const { item, machine } = point;
    if (point === item.sent) return `${machine} ${item.kind}${item.exchange.number}>`;
    if (point === item.received) return `${machine} >${item.kind}${item.exchange.number}`;
    return `${machine} ${item.text}`;
  });

const items = (sequence) => [...new Set(sequence.points().map(({ item }) => item))];

describe('messages', () => {
  it('are paired across nodes, whichever is heard first', () => {
    const told = [
      ['alpha', wire('call_sent', 'beta', 1, { time: 10 })],
      ['beta', wire('call_received', 'alpha', 1, { time: 11 })],
      ['beta', wire('answer_sent', 'alpha', 1, { time: 12, value: 'done' })],
      ['alpha', wire('answer_received', 'beta', 1, { time: 13, value: 'done' })],
    ];
    for (const order of [
      [0, 1, 2, 3],
      [1, 2, 0, 3],
      [0, 3, 1, 2],
    ]) {
      const sequence = new Sequence();
      for (const index of order) sequence.add(...told[index]);
      assert.deepEqual(lines(sequence), [
        'alpha call1>',
        'beta >call1',
        'beta answer1>',
        'alpha >answer1',
      ]);
      const [call, answer] = items(sequence);
      assert.equal(call.exchange, answer.exchange);
      assert.deepEqual([call.text, answer.text, answer.failed], ['1', 'done', false]);
      assert.deepEqual(
        [call.exchange.from.object, call.exchange.to.object],
        ['obj:1.0', 'obj:2.0'],
      );
      assert.deepEqual([call.exchange.from.machine, call.exchange.to.machine], ['alpha', 'beta']);
    }
  });

  it('with the same number in both directions are different ones', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    sequence.add('beta', wire('call_sent', 'alpha', 1, { sender: 'obj:2.0', target: 'obj:1.0' }));
    assert.equal(items(sequence).length, 2);
  });

  it('are whole with one end only', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    sequence.add(
      'alpha',
      wire('answer_received', 'beta', 1, { value: null, error: 'MachineError.Unreachable: beta' }),
    );
    const [call, answer] = items(sequence);
    assert.equal(call.received, null);
    assert.equal(answer.sent, null);
    assert.deepEqual([answer.failed, answer.text], [true, 'MachineError.Unreachable: beta']);
    assert.deepEqual([answer.exchange.to.machine, answer.exchange.to.object], ['beta', 'obj:2.0']);
  });

  it('that are sent again after a break are still the one call', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    sequence.add('beta', wire('call_received', 'alpha', 1));
    const [call, ...more] = items(sequence);
    assert.deepEqual([call.repeats, more.length], [1, 0]);
  });

  it('are others after a node was started again, and has counted from the beginning', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    sequence.addRestart('alpha');
    sequence.add('beta', wire('call_received', 'alpha', 1));
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    const calls = items(sequence).filter(({ kind }) => kind === 'call');
    assert.equal(calls.length, 2);
    assert.equal(calls[0].received, null);
    assert.notEqual(calls[1].received, null);
    assert.ok(items(sequence).some(({ text }) => text === 'started again'));
  });

  it('are others where the number comes again after the answer', () => {
    const sequence = new Sequence();
    for (const value of ['a', 'b']) {
      sequence.add('alpha', wire('call_sent', 'beta', 1, { value }));
      sequence.add('alpha', wire('answer_received', 'beta', 1, { value: `${value}!` }));
    }
    assert.deepEqual(
      items(sequence).map(({ text }) => text),
      ['a', 'a!', 'b', 'b!'],
    );
  });

  it('that are sent on come from where the object was', () => {
    const sequence = new Sequence();
    const call = { sender: 'obj:1.0', target: 'obj:2.0' };
    sequence.add('alpha', wire('call_sent', 'beta', 1, call));
    sequence.add('beta', wire('call_received', 'alpha', 1, call));
    sequence.add('beta', wire('call_sent', 'gamma', 1, call));
    const [, sentOn] = items(sequence);
    assert.deepEqual(
      [sentOn.exchange.from.machine, sentOn.exchange.from.object],
      ['beta', 'obj:2.0'],
    );
    assert.deepEqual([sentOn.exchange.to.machine, sentOn.exchange.to.object], ['gamma', 'obj:2.0']);
  });

  it('of root objects are the machine’s', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'beta', 1, { sender: 'obj:9001.281474976710655' }));
    assert.equal(items(sequence)[0].exchange.from.object, null);
  });
});

describe('the order', () => {
  it('goes by time between nodes', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'x', 1, { time: 10 }));
    sequence.add('alpha', wire('call_sent', 'x', 2, { time: 30 }));
    sequence.add('beta', wire('call_sent', 'x', 3, { time: 20 }));
    assert.deepEqual(lines(sequence), ['alpha call1>', 'beta call3>', 'alpha call2>']);
  });

  it('keeps each node’s own, whatever its clock says', () => {
    const sequence = new Sequence();
    for (const [number, time] of [
      [1, 30],
      [2, 10],
      [3, 20],
    ])
      sequence.add('alpha', wire('call_sent', 'x', number, { time }));
    assert.deepEqual(lines(sequence), ['alpha call1>', 'alpha call2>', 'alpha call3>']);
  });

  it('has a receipt, and what follows it there, behind the sending, where clocks differ', () => {
    const sequence = new Sequence();
    sequence.add('beta', wire('call_received', 'alpha', 1, { time: 5 }));
    sequence.add('beta', wire('call_sent', 'gamma', 2, { time: 6 }));
    sequence.add('alpha', wire('call_sent', 'beta', 1, { time: 100 }));
    sequence.add('delta', wire('call_sent', 'gamma', 3, { time: 50 }));
    assert.deepEqual(lines(sequence), [
      'delta call3>',
      'alpha call1>',
      'beta >call1',
      'beta call2>',
    ]);
  });

  it('puts what tells no time before what follows it', () => {
    const sequence = new Sequence();
    sequence.add('alpha', { ...trace('StateUpdated', 0), now: 900 });
    sequence.add('alpha', { ...wire('call_sent', 'x', 1, { time: 10 }), now: 900 });
    sequence.add('beta', { ...wire('call_sent', 'x', 2, { time: 20 }), now: 900 });
    sequence.add('beta', { ...trace('StateUpdated', 0), now: 901 });
    assert.deepEqual(lines(sequence), [
      'alpha state set',
      'alpha call1>',
      'beta call2>',
      'beta state set',
    ]);
  });

  it('comes to an end where nodes contradict each other', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('answer_received', 'beta', 1));
    sequence.add('alpha', wire('answer_sent', 'beta', 2));
    sequence.add('beta', wire('answer_received', 'alpha', 2));
    sequence.add('beta', wire('answer_sent', 'alpha', 1));
    assert.equal(lines(sequence).length, 4);
  });

  it('is the same whatever is heard first', () => {
    for (let seed = 1; seed <= 300; ++seed) {
      const random = randomOf(seed);
      const { told, happened } = makeHistory(random);
      const expected = lines(hear(told, random));
      assert.deepEqual(lines(hear(told, random)), expected, `seed ${seed}`);
      assert.equal(expected.length, happened, `seed ${seed}`);
      checkOrder(told, expected, `seed ${seed}`);
    }
  });
});

/** What nodes with clocks of their own tell of calls at random: for each its events in order. */
function makeHistory(random) {
  const names = ['alpha', 'beta', 'gamma'].slice(0, 2 + random.below(2));
  const told = new Map(names.map((name) => [name, []]));
  const skew = new Map(names.map((name) => [name, random.below(3) * 1000]));
  const underWay = [];
  let time = 0;
  let number = 1;
  const tell = (machine, what, peer, request) =>
    told.get(machine).push(wire(what, peer, request, { time: time + skew.get(machine) }));
  for (let step = 0; step < 60; ++step) {
    time += random.below(4);
    const from = random.oneOf(names);
    if (random.chance(0.2)) {
      const at = { time: time + skew.get(from), text: `StateUpdated  ${number++}` };
      told.get(from).push(trace('StateUpdated', 0, at));
    } else if (random.chance(0.5) || underWay.length === 0) {
      const to = random.oneOf(names.filter((name) => name !== from));
      tell(from, 'call_sent', to, number);
      underWay.push({ at: 'call_received', from, to, number: number++ });
    } else {
      const index = random.below(underWay.length);
      const request = underWay[index];
      if (request.at === 'answer_received') underWay.splice(index, 1);
      const [machine, peer] =
        request.at === 'answer_received' ? [request.from, request.to] : [request.to, request.from];
      tell(machine, request.at, peer, request.number);
      request.at = request.at === 'call_received' ? 'answer_sent' : 'answer_received';
    }
  }
  return { told, happened: [...told.values()].reduce((sum, events) => sum + events.length, 0) };
}

/** The sequence that comes of it where the streams come in an order at random. */
function hear(told, random) {
  const sequence = new Sequence();
  const rest = [...told].map(([machine, events]) => ({ machine, events, next: 0 }));
  while (rest.some(({ events, next }) => next < events.length)) {
    const stream = random.oneOf(rest.filter(({ events, next }) => next < events.length));
    sequence.add(stream.machine, stream.events[stream.next++]);
    if (random.chance(0.1)) sequence.points();
  }
  return sequence;
}

function checkOrder(told, order, message) {
  for (const [machine, events] of told) {
    const alone = new Sequence();
    for (const event of events) alone.add(machine, event);
    const own = order.filter((line) => line.startsWith(`${machine} `));
    assert.deepEqual(own, lines(alone), message);
  }
  const seen = new Set();
  for (const line of order) {
    const [, receipt] = / >(\w+)$/.exec(line) ?? [];
    if (receipt) assert.ok(seen.has(receipt), `${message}: ${line}`);
    const [, sent] = / (\w+)>$/.exec(line) ?? [];
    if (sent) seen.add(sent);
  }
}

describe('trace entries', () => {
  const textsOf = (...told) => {
    const sequence = new Sequence();
    for (const event of told) sequence.add('alpha', event);
    return items(sequence).map(({ kind, text }) => [kind, text]);
  };

  it('become marks on the lifeline of their object', () => {
    const sequence = new Sequence();
    sequence.add(
      'alpha',
      trace(
        'ObjectCreated',
        { id: 7, behavior_name: 'ping' },
        { object: 'obj:1.0', text: 'ObjectCreated  obj:1.0  ping' },
      ),
    );
    const [{ place, text, kind }] = items(sequence);
    assert.deepEqual(
      [place.machine, place.object, text, kind],
      ['alpha', 'obj:1.0', 'created ping', 'object'],
    );
    assert.equal(sequence.behaviorOf('obj:1.0'), 'ping');
  });

  it('say what happened, with or without numbers before it', () => {
    assert.deepEqual(
      textsOf(
        trace('TransactionStarted', 3, { text: '#5     0  TransactionStarted    tx:3' }),
        trace('ErrorOccurred', 'x', { text: 'ErrorOccurred  ObjError.NotFound: obj:1.7' }),
        trace('SomethingNew', 1, { text: 'SomethingNew  here' }),
      ),
      [
        ['transaction', 'began tx:3'],
        ['error', 'error ObjError.NotFound: obj:1.7'],
        ['other', 'SomethingNew here'],
      ],
    );
  });

  it('of calls are shown for local calls only', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'beta', 1));
    sequence.add('alpha', trace('ObjectCalled', {}, { object: 'obj:2.0' }));
    sequence.add('alpha', trace('ObjectCalled', {}, { object: 'obj:1.0' }));
    assert.deepEqual(
      items(sequence).map(({ kind, place }) => place?.object ?? kind),
      ['call', 'obj:1.0'],
    );
  });

  it('of calls that came from other nodes are the messages', () => {
    const sequence = new Sequence();
    const called = (input) => {
      const text = `ObjectCalled  obj:2.0  ${input}  ->  7`;
      return trace('ObjectCalled', {}, { object: 'obj:2.0', text });
    };
    const input = '"a  ->  b"';
    sequence.add('beta', wire('call_received', 'alpha', 1, { value: input }));
    sequence.add('beta', called('5'));
    sequence.add('beta', called(input));
    sequence.add('beta', wire('answer_sent', 'alpha', 1, { value: '7' }));
    sequence.add('beta', called(input));
    assert.deepEqual(
      items(sequence).map(({ text }) => text),
      [input, 'called 5  ->  7', '7', `called ${input}  ->  7`],
    );
  });

  it('of calls follow an object that has moved', () => {
    const sequence = new Sequence();
    const moved = { object: 'obj:1.0', text: 'ObjectMoved  obj:1.0  alpha  ->  beta' };
    sequence.add('alpha', trace('ObjectMoved', { id: 1, from: 'alpha', to: 'beta' }, moved));
    sequence.add('alpha', trace('ObjectCalled', {}, { object: 'obj:1.0' }));
    assert.deepEqual(
      items(sequence).map(({ text }) => text),
      ['moved alpha  ->  beta'],
    );
  });
});

describe('what is kept', () => {
  it('are the newest events', () => {
    const sequence = new Sequence({ limit: 10 });
    for (let number = 1; number <= 25; ++number)
      sequence.add('alpha', wire('call_sent', 'x', number, { time: number }));
    assert.deepEqual(
      lines(sequence),
      Array.from({ length: 10 }, (_, i) => `alpha call${i + 16}>`),
    );
    assert.deepEqual([sequence.kept, sequence.isFull], [10, true]);
  });

  it('is never half a message', () => {
    const sequence = new Sequence({ limit: 5 });
    for (let number = 1; number <= 4; ++number) {
      sequence.add('alpha', wire('call_sent', 'beta', number, { time: 10 * number }));
      sequence.add('beta', wire('call_received', 'alpha', number, { time: 10 * number + 15 }));
    }
    assert.deepEqual(lines(sequence), [
      'alpha call3>',
      'alpha call4>',
      'beta >call3',
      'beta >call4',
    ]);
  });

  it('is less where events say much', () => {
    const sequence = new Sequence({ limit: 1000, characters: 100_000 });
    for (let number = 1; number <= 100; ++number) {
      sequence.add('alpha', { ...wire('call_sent', 'x', number), raw: 'r'.repeat(5_000) });
    }
    assert.ok(sequence.kept >= 15 && sequence.kept <= 20, `${sequence.kept}`);
  });

  it('can be cleared', () => {
    const sequence = new Sequence();
    sequence.add('alpha', wire('call_sent', 'x', 1));
    sequence.clear();
    assert.deepEqual([sequence.kept, lines(sequence)], [0, []]);
    sequence.add('x', wire('call_received', 'alpha', 1));
    assert.deepEqual(lines(sequence), ['x >call1']);
  });

  it('stays within bounds for hours of events', () => {
    const sequence = new Sequence({ limit: 100 });
    for (let number = 1; number <= 20_000; ++number) {
      sequence.add('alpha', wire('call_sent', 'beta', number, { target: `obj:2.${number}` }));
      if (number % 2)
        sequence.add('beta', wire('call_received', 'alpha', number, { target: `obj:2.${number}` }));
      if (number % 50 === 0) assert.ok(sequence.kept <= 100);
    }
    for (let number = 1; number <= 19_000; ++number) {
      const told = wire('answer_received', 'beta', number);
      assert.equal(sequence.knows('alpha', told), false, `${number}`);
    }
  });

  it('tells what was skipped, once in a row', () => {
    const sequence = new Sequence();
    sequence.addSkipped('alpha', 1000);
    sequence.addSkipped('alpha', 234);
    sequence.add('alpha', wire('call_sent', 'x', 1));
    sequence.addSkipped('alpha', 1);
    assert.deepEqual(lines(sequence), [
      'alpha 1,234 events skipped',
      'alpha call1>',
      'alpha 1 event skipped',
    ]);
  });
});

describe('what nobody should tell', () => {
  it('does no harm', () => {
    const junk = [
      null,
      undefined,
      0,
      -1,
      1e300,
      '',
      'x',
      '__proto__',
      'constructor',
      [],
      [1],
      {},
      { to: 3 },
      true,
      'call_sent',
      'wire',
    ];
    for (let seed = 1; seed <= 500; ++seed) {
      const random = randomOf(seed);
      const sequence = new Sequence({ limit: 20 });
      for (let i = 0; i < 40; ++i) {
        const fields = [
          'what',
          'peer',
          'request_id',
          'sender',
          'target',
          'value',
          'error',
          'time',
          'event_type',
          'object',
          'text',
          'cause',
          'execution',
        ];
        const data = Object.fromEntries(fields.map((name) => [name, random.oneOf(junk)]));
        if (random.chance(0.5))
          data.what = random.oneOf([
            'call_sent',
            'call_received',
            'answer_sent',
            'answer_received',
          ]);
        if (random.chance(0.3))
          data.event_type = {
            [random.oneOf(['ObjectMoved', 'ObjectCreated', 'toString'])]: random.oneOf(junk),
          };
        sequence.add(random.oneOf(['alpha', '__proto__']), {
          event: random.oneOf(['wire', 'message']),
          data,
          raw: '',
        });
        assert.ok(
          sequence.points().every(({ item }) => typeof item.text === 'string'),
          `seed ${seed}`,
        );
      }
      assert.ok(sequence.kept <= 20, `seed ${seed}`);
    }
  });
});
