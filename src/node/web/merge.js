// Puts the events of several nodes into one order.
//
// A node's own stay in its order, a message is received after it was sent, and all else goes by
// time. What is late for one of these reasons makes what follows it on its node late as well, so
// that clocks that differ do no harm. The result does not depend on which node's events were heard
// of first.

let merges = 0;

/**
 * `nodes`: for each the points in its order, each with `when`, and `item.sent` where it belongs to
 * a message whose sending is known. All points, in one order.
 */
export function merge(nodes) {
  const current = ++merges;
  const heads = nodes.map((points) => ({ points, next: 0, when: -Infinity }));
  const order = [];
  for (;;) {
    let best = null;
    let bestWhen = Infinity;
    let isBestReady = false;
    for (const head of heads) {
      const point = head.points[head.next];
      if (point === undefined) continue;
      const { sent } = point.item;
      const isReady = !sent || sent === point || sent.merge === current;
      const when = Math.max(head.when, point.when);
      // That none is ready takes nodes whose tales contradict each other.
      if (
        best === null ||
        (isReady && !isBestReady) ||
        (isReady === isBestReady && when < bestWhen)
      ) {
        [best, bestWhen, isBestReady] = [head, when, isReady];
      }
    }
    if (best === null) return order;

    const point = best.points[best.next++];
    const { sent } = point.item;
    const after = sent && sent.merge === current ? sent.merged : -Infinity;
    best.when = Math.max(bestWhen, after);
    point.merged = best.when;
    point.merge = current;
    order.push(point);
  }
}
