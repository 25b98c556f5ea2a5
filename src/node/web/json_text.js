// JSON laid out for reading, without taking it for values: numbers stay as they are written, since
// ids are beyond what a JavaScript number holds.

/** `json` with line breaks and indents. What is cut off or not JSON is laid out as far as it goes. */
export function layOut(json) {
  let out = '';
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(Math.min(depth, 40))}`;
  // A text, a bracket, a separator, or anything else up to one of these.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{},:]|[^"[\]{},:\s]+/gs)) {
    if (token === '{' || token === '[') {
      depth += 1;
      out += token + newLine();
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1);
      // Nothing between the two.
      const isEmpty = /[[{]\s*$/.test(out.slice(-100));
      out = isEmpty ? out.trimEnd() + token : out + newLine() + token;
    } else if (token === ',') {
      out += token + newLine();
    } else {
      out += token === ':' ? ': ' : token;
    }
  }
  return out;
}
