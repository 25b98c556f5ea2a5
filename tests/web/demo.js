// The events of the demo, ping on one node and pong on the other, as two nodes tell them.

/** Ping and pong call each other until `rounds` is reached. */
export function playDemo(alpha, beta, rounds) {
  const ping = alpha.addObject(0, { name: 'ping', behavior: 'ping' });
  const pong = beta.addObject(0, { name: 'pong', behavior: 'pong' });
  beta.trace(
    'ObjectCreated',
    { id: beta.prefix * 2 ** 48, behavior_name: 'pong' },
    { object: pong, text: 'pong' },
  );
  alpha.trace(
    'ObjectCreated',
    { id: alpha.prefix * 2 ** 48, behavior_name: 'ping' },
    { object: ping, text: 'ping' },
  );
  let time = Date.now() - 1000;
  const next = new Map([
    [alpha, 1],
    [beta, 1],
  ]);
  const done = `["done", ${rounds}]`;

  const call = (count, from, to, sender, target, name) => {
    if (count > rounds) return;
    const request_id = next.get(from);
    next.set(from, request_id + 1);
    const exchange = { request_id, sender, target };
    const value = `["${name}", ${count}, ${rounds}, ${pong}]`;
    from.wire('call_sent', { ...exchange, peer: to, value, time: time++ });
    to.wire('call_received', { ...exchange, peer: from, value, time: time++ });
    call(count + 1, to, from, target, sender, name === 'Ping' ? 'Pong' : 'Ping');
    to.wire('answer_sent', { ...exchange, peer: from, value: done, time: time++ });
    from.wire('answer_received', { ...exchange, peer: to, value: done, time: time++ });
    from.trace('ObjectCalled', {}, { object: target, text: `${value}  ->  ${done}` });
  };
  call(1, alpha, beta, ping, pong, 'Pong');
  alpha.trace(
    'ObjectCalled',
    {},
    { object: ping, text: `["Ping", 0, ${rounds}, ${pong}]  ->  ${done}` },
  );
  return { ping, pong };
}
