// What is known of the event or object that was chosen.
import { element, number } from './dom.js';
import { layOut } from './json_text.js';
import { cut } from './told.js';

export class DetailView {
  #root;
  #onSelect;
  #shown = '';

  /** `onSelect(item)`: the other message of an exchange was asked for. */
  constructor(root, onSelect) {
    this.#root = root;
    this.#onSelect = onSelect;
    this.showNothing();
  }

  showNothing() {
    this.#show('', () => [
      element('p', {
        class: 'note',
        text: 'Click an event of the chart, or an object, to see its data.',
      }),
    ]);
  }

  showItem(item) {
    const points = [item.at, item.sent, item.received].filter(Boolean);
    const other =
      item.exchange && (item.kind === 'call' ? item.exchange.answer : item.exchange.call);
    const what = `item ${item.number} ${points.length} ${other?.number} ${item.repeats} ${item.text}`;
    this.#show(what, () => [
      element('h3', { class: item.failed ? 'failed' : null, text: titleOf(item) }),
      factList(item.exchange ? messageFacts(item) : markFacts(item)),
      item.exchange ? this.#makeLink(item, other) : null,
      element('h4', { text: item.failed ? 'Error' : 'Text' }),
      element('pre', { class: 'value', text: item.text || '–' }),
      ...points
        .filter(({ raw }) => raw)
        .flatMap((point) => [
          element('h4', { text: `As ${point.machine} tells it` }),
          element('pre', { class: 'value', text: layOut(point.raw) }),
        ]),
    ]);
  }

  showObject(machine, object) {
    const state = object.state?.text ?? '–';
    const mailbox = (object.mailbox ?? []).map(({ text }) => text);
    const count = object.mailbox_size ?? mailbox.length;
    this.#show(JSON.stringify([machine, object]), () => [
      element('h3', { text: object.name ?? object.behavior }),
      factList([
        ['Object', object.id],
        ['Behavior', object.behavior],
        ['On', machine],
        ['Made by', object.creating_controller],
        ['Controller', object.current_controller],
        ['Waits', object.waiting ? 'yes, in receive' : 'no'],
      ]),
      element('h4', { text: 'State' }),
      element('pre', { class: 'value', text: cut(state) }),
      ...(mailbox.length > 0
        ? [
            element('h4', { text: `Mailbox (${number(count)})` }),
            element('pre', {
              class: 'value',
              text: cut([...mailbox, ...(count > mailbox.length ? ['…'] : [])].join('\n')),
            }),
          ]
        : []),
    ]);
  }

  #makeLink(item, other) {
    const side = item.kind === 'call' ? 'answer' : 'call';
    if (!other)
      return element('p', {
        class: 'note',
        text: side === 'answer' ? 'No answer has been seen yet.' : 'Its call is not kept any more.',
      });
    return element('button', {
      type: 'button',
      text: `Go to its ${side}`,
      click: () => this.#onSelect(other),
    });
  }

  /** `what` says what is shown, so that it is not made anew where it is the same. */
  #show(what, make) {
    if (this.#shown === what && what !== '') return;
    this.#shown = what;
    this.#root.replaceChildren(...make().filter(Boolean));
    this.#root.scrollTop = 0;
  }
}

const titleOf = (item) => {
  if (item.kind === 'call') return 'Call';
  if (item.kind === 'answer') return item.failed ? 'Failed answer' : 'Answer';
  return item.name ?? 'Notice';
};

const placeText = ({ machine, object }) => (object === null ? machine : `${object} on ${machine}`);

function messageFacts(item) {
  const { exchange, sent, received } = item;
  const [from, to] =
    item.kind === 'call' ? [exchange.from, exchange.to] : [exchange.to, exchange.from];
  return [
    ['From', placeText(from)],
    ['To', placeText(to)],
    ['Request', `${exchange.number} of ${exchange.caller} to ${exchange.callee}`],
    ['Sent', timeText(sent)],
    ['Received', timeText(received)],
    [
      'Took',
      sent?.time != null && received?.time != null
        ? `${received.time - sent.time} ms by the nodes' clocks`
        : null,
    ],
    ['Answered', answeredText(item)],
    ['Told again', item.repeats > 0 ? `${item.repeats} times, after a break` : null],
  ];
}

function answeredText({ kind, exchange }) {
  if (kind !== 'call' || !exchange.answer) return null;
  const [asked, answered] = [exchange.call?.sent?.time, exchange.answer.received?.time];
  return asked != null && answered != null ? `after ${answered - asked} ms` : 'yes';
}

function markFacts(item) {
  const { cause } = item;
  return [
    ['On', placeText(item.place)],
    ['Time', timeText(item.at)],
    ['Execution', item.execution],
    ['Event', item.timestamp],
    [
      'Begun by',
      cause ? `event ${cause.seq} of execution ${cause.execution} on ${cause.machine}` : null,
    ],
  ];
}

function timeText(point) {
  if (!point) return 'not told';
  if (point.time === null) return null;
  const date = new Date(point.time);
  return Number.isNaN(date.getTime())
    ? null
    : date.toISOString().replace('T', ' ').replace('Z', ' UTC');
}

function factList(facts) {
  const list = element('dl', { class: 'facts' });
  for (const [label, value] of facts) {
    if (value === null || value === undefined) continue;
    list.append(element('dt', { text: label }), element('dd', { text: cut(String(value), 1000) }));
  }
  return list;
}
