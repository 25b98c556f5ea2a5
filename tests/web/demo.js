// The events of the demo, ping on one node and pong on the other, as two nodes tell them.

const ping = 'obj:9001.0';
const pong = 'obj:9002.0';

/** Ping and pong call each other until `rounds` is reached. */
export function playDemo(alpha, beta, rounds) {
  let time = Date.now() - 1000;
  for (const [node, object, behavior] of [
    [beta, pong, 'pong'],
    [alpha, ping, 'ping'],
  ]) {
    node.addObject(0, { name: behavior, behavior });
    const inside = { id: node.prefix * 2 ** 48, behavior_name: behavior };
    node.trace('ObjectCreated', inside, { object, text: behavior, time: time++ });
  }
  const requests = new Map([
    [alpha, 1],
    [beta, 1],
  ]);
  const output = `["done", ${rounds}]`;

  const call = (count, from, to, sender, target) => {
    if (count > rounds) return;
    const request_id = requests.get(from);
    requests.set(from, request_id + 1);
    const exchange = { request_id, sender, target };
    const value = inputOf(count, rounds);
    from.wire('call_sent', { ...exchange, peer: to, value, time: time++ });
    to.wire('call_received', { ...exchange, peer: from, value, time: time++ });
    call(count + 1, to, from, target, sender);
    // Each call is told by the execution that it began, too, and by the one that it came from.
    const called = { object: target, text: `${value}  ->  ${output}` };
    const cause = { machine: from.name, execution: count, seq: 0 };
    to.trace('ObjectCalled', {}, { ...called, execution: count + 1, cause, time: time++ });
    to.wire('answer_sent', { ...exchange, peer: from, value: output, time: time++ });
    from.wire('answer_received', { ...exchange, peer: to, value: output, time: time++ });
    const cameFrom = count > 1 ? { cause: { ...cause, machine: to.name } } : {};
    from.trace('ObjectCalled', {}, { ...called, ...cameFrom, execution: count, time: time++ });
  };
  call(1, alpha, beta, ping, pong);
  const text = `${inputOf(0, rounds)}  ->  ${output}`;
  alpha.trace('ObjectCalled', {}, { object: ping, text, time: time++ });
}

const inputOf = (count, rounds) =>
  `["${count % 2 ? 'Pong' : 'Ping'}", ${count}, ${rounds}, ${pong}]`;

/** What the chart has to show of it, from top to bottom, in the words that describe each event. */
export function demoEvents(rounds) {
  const place = (count) => (count % 2 ? `${pong} on beta` : `${ping} on alpha`);
  const counts = Array.from({ length: rounds }, (_, i) => i + 1);
  return [
    `${pong} on beta: created pong`,
    `${ping} on alpha: created ping`,
    ...counts.map(
      (count) => `Call from ${place(count - 1)} to ${place(count)}: ${inputOf(count, rounds)}`,
    ),
    ...counts
      .reverse()
      .map((count) => `Answer from ${place(count)} to ${place(count - 1)}: ["done", ${rounds}]`),
    `${ping} on alpha: called ${inputOf(0, rounds)}  ->  ["done", ${rounds}]`,
  ];
}
