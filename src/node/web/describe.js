// Events in words.

const nameOf = ({ machine, object }) =>
  object === null ? `node ${machine}` : `${object} on ${machine}`;

/** What an event is, for those who cannot see the chart. */
export function describe(item) {
  if (!item.exchange) return `${nameOf(item.place)}: ${item.text}`;
  const { from, to } = item.exchange;
  if (item.kind === 'call') return `Call from ${nameOf(from)} to ${nameOf(to)}: ${item.text}`;
  return `${item.failed ? 'Failed answer' : 'Answer'} from ${nameOf(to)} to ${nameOf(from)}: ${item.text}`;
}
