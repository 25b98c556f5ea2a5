// Which row of the chart each event is drawn in.
//
// A row is taken by what happens next. A message's receipt goes into the row of its sending, so
// that the arrow is level, unless its node has already done something further down; then it takes a
// new row, and the arrow slopes.

/**
 * `points` in order. For those whose item `isShown`: the items from top to bottom as {item, top,
 * bottom, sent, received} (rows), and how many rows there are.
 */
export function layRows(points, isShown) {
  const shown = [];
  const entries = new Map();
  const lowest = new Map();
  let rows = 0;
  for (const point of points) {
    const { item, machine } = point;
    if (!isShown(item)) continue;
    let entry = entries.get(item);
    const isLevel = entry && (lowest.get(machine) ?? -1) < entry.top;
    const row = isLevel ? entry.top : rows++;
    lowest.set(machine, row);
    if (!entry) {
      entry = { item, top: row, bottom: row, sent: null, received: null };
      entries.set(item, entry);
      shown.push(entry);
    }
    entry.bottom = row;
    if (point === item.sent) entry.sent = row;
    if (point === item.received) entry.received = row;
  }
  return { shown, rows };
}
