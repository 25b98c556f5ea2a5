// What nodes tell, made safe to hold: it may be of any kind and of any length.

/** How the id of every node's root object ends. It stands for the node itself. */
const ROOT = '.281474976710655';

/** Characters that are kept of one text. */
const LONGEST = 8 * 1024;

export const textOf = (value) => (typeof value === 'string' ? value : '');

export const cut = (text, longest = LONGEST) =>
  text.length > longest ? `${text.slice(0, longest)}…` : text;

/**
 * Where something happens: an object on a machine, or with null for the object the machine itself.
 * `key` is another one for each. Ids stay text, they are beyond what a number holds.
 */
export function placeOf(machine, object) {
  const isRoot = typeof object !== 'string' || object === '' || object.endsWith(ROOT);
  const known = isRoot ? null : cut(object, 200);
  return { machine, object: known, key: JSON.stringify([machine, known]) };
}
