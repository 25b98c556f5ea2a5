// The heads of the lifelines: machines, and their objects as buttons that pick one.
import { element } from './dom.js';

export class Heads {
  #root;
  #handlers;
  #shown = '';

  /** `labelOf(lifeline)`: {title, subtitle}. `isPicked(lifeline)`, `onPick(lifeline)`. */
  constructor(root, handlers) {
    this.#root = root;
    this.#handlers = handlers;
  }

  get height() {
    return this.#root.offsetHeight;
  }

  draw({ groups, column, width }) {
    this.#root.style.width = `${width}px`;
    const heads = groups.map(({ lifelines }) =>
      lifelines.map((lifeline) => this.#describe(lifeline)),
    );
    const shown = JSON.stringify([groups, column, heads]);
    if (shown === this.#shown) return;
    this.#shown = shown;

    const focused = this.#root.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : null;
    this.#root.replaceChildren(
      ...groups.map((group, i) =>
        makeGroup(
          group,
          i,
          heads[i].map((head) => this.#make(head, column)),
        ),
      ),
    );
    if (focused === null) return;
    for (const button of this.#root.querySelectorAll('button')) {
      if (button.dataset.key === focused) button.focus();
    }
  }

  #describe(lifeline) {
    // The lifeline that several objects share stands for none of them.
    const isShared = lifeline.shared > 0;
    return {
      lifeline,
      isShared,
      isPicked: !isShared && this.#handlers.isPicked(lifeline),
      ...this.#handlers.labelOf(lifeline),
    };
  }

  #make({ lifeline, isShared, isPicked, title, subtitle }, column) {
    const button = element(
      'button',
      {
        type: 'button',
        class: lifeline.object === null ? 'head of-node' : 'head',
        'aria-pressed': String(isPicked),
        disabled: isShared,
        title: isShared
          ? 'What would need too many lifelines'
          : `${title} ${subtitle}: show ${isPicked ? 'all messages' : 'only its messages'}`,
        click: () => this.#handlers.onPick(lifeline),
      },
      element('span', { class: 'name', text: title }),
      element('span', { class: 'id', text: subtitle }),
    );
    button.dataset.key = `${lifeline.key} ${isShared}`;
    button.style.width = `${column - 12}px`;
    return button;
  }
}

function makeGroup({ machine, left, width }, index, buttons) {
  const name = element('div', { class: 'machine', title: machine, text: machine });
  const root = element(
    'div',
    { class: 'group', 'data-tint': String(index % 6) },
    name,
    element('div', { class: 'heads-row' }, ...buttons),
  );
  root.style.left = `${left}px`;
  root.style.width = `${width}px`;
  return root;
}
