// When an object is at work for another: from where it receives a call to where it answers.

/**
 * `shown` as of `layRows`, from top to bottom: {exchange, place, top, bottom, depth}, where `depth`
 * counts the calls that the place is already at work for.
 */
export function layBars(shown) {
  const answers = new Map();
  for (const entry of shown) {
    if (entry.item.kind === 'answer') answers.set(entry.item.exchange, entry);
  }
  const bars = [];
  const underWay = new Map();
  for (const { item, top, received } of shown) {
    const answer = item.kind === 'call' && answers.get(item.exchange);
    // Where a call failed on the way, nobody was at work.
    if (!answer || (answer.sent === null && answer.item.failed)) continue;
    const from = received ?? top;
    const to = answer.sent ?? answer.top;
    const { exchange } = item;
    const place = exchange.to;
    const others = (underWay.get(place.key) ?? []).filter((bottom) => bottom >= from);
    bars.push({ exchange, place, top: from, bottom: to, depth: others.length });
    others.push(to);
    underWay.set(place.key, others);
  }
  return bars;
}
