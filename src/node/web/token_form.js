// Asks for the token of a node that lets nobody in without one.
import { element, say } from './dom.js';

export class TokenForm {
  #input = element('input', {
    type: 'password',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  #wrong = element('p', { class: 'wrong', role: 'alert' });

  /** `whose`: the node. `onToken(token)`: it was entered. */
  constructor(whose, onToken) {
    const enter = (event) => {
      event.preventDefault();
      onToken(this.#input.value);
      this.#input.value = '';
    };
    this.root = element(
      'form',
      { class: 'token', submit: enter },
      element('label', {}, element('span', { text: `Token of ${whose}` }), this.#input),
      element('button', { text: 'Open' }),
      this.#wrong,
      element('p', {
        class: 'quiet',
        text:
          'The text of the file that the node was given by --http-token. ' +
          'It is kept until this tab is closed.',
      }),
    );
  }

  /** `lock`: "missing" or "wrong". */
  show(lock) {
    say(this.#wrong, lock === 'wrong' ? 'This is not its token.' : '');
  }

  focus() {
    this.#input.focus();
  }
}
