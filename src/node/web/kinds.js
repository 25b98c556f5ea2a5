// The kinds of events that a reader can tell apart and leave out.

/** In the order in which they are offered. */
export const kinds = [
  { id: 'call', label: 'Calls', shape: 'arrow' },
  { id: 'answer', label: 'Answers', shape: 'arrow' },
  { id: 'object', label: 'Objects', shape: 'circle' },
  { id: 'state', label: 'State', shape: 'square' },
  { id: 'local', label: 'Local calls', shape: 'diamond' },
  { id: 'message', label: 'Messages', shape: 'circle' },
  { id: 'move', label: 'Moves', shape: 'triangle' },
  { id: 'transaction', label: 'Transactions', shape: 'bar' },
  { id: 'other', label: 'Other', shape: 'circle' },
  { id: 'error', label: 'Errors', shape: 'cross' },
];

const byId = new Map(kinds.map((kind) => [kind.id, kind]));

export const kindOf = (id) => byId.get(id);

/** Events of the trace: their kind, and what a label says before the event's own data. */
const traced = {
  ObjectCreated: ['object', 'created'],
  ObjectDestroyed: ['object', 'destroyed'],
  ObjectCalled: ['local', 'called'],
  MessageReceived: ['message', 'received'],
  StateUpdated: ['state', 'state set'],
  ObjectMoved: ['move', 'moved'],
  ExecutionMoved: ['move', 'execution moved'],
  ObjectFetched: ['move', 'fetched'],
  ObjectTransferred: ['move', 'transferred'],
  ObjectFrozen: ['move', 'frozen'],
  FunctionUpdated: ['other', 'function set'],
  TransactionStarted: ['transaction', 'began'],
  TransactionCommitted: ['transaction', 'committed'],
  TransactionAborted: ['transaction', 'aborted'],
  ErrorOccurred: ['error', 'error'],
};

/** The name of a trace entry's event, which is the only field of `event_type`. */
export function eventName(entry) {
  const type = entry.event_type;
  const name = type && typeof type === 'object' ? Object.keys(type)[0] : undefined;
  return name ?? 'Event';
}

export function tracedKind(name) {
  return Object.hasOwn(traced, name) ? traced[name] : ['other', name];
}
