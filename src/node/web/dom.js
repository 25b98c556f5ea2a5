// Elements. What nodes tell goes in as text and never as markup: nothing here reads any.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with attributes (`text` is what it says, functions are listeners, what is null or
 * false is left out, true is an attribute without a value) and children.
 */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (typeof value === 'function') node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Sets a text without disturbing a selection in it where it is the same. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const number = (value) => (Number.isFinite(value) ? value.toLocaleString('en') : '–');

/** Calls `act` when nothing has asked for it any more for a while. */
export function settled(milliseconds, act) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, milliseconds);
  };
}
