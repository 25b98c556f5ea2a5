// How messages and marks are drawn: SVG for one event, around the point where it begins.
import { svg } from './dom.js';
import { kindOf } from './kinds.js';

/** The width of a character of the chart's labels, in pixels. */
const CHARACTER = 6.65;
const LOOP = 26;
/** Up to such a slope labels stand in the middle of arrows, else where they begin. */
const STEEP = 30;
const TIP = 'M0 0L-9 -4.5L-9 4.5Z';

/** As much of a text as fits in so many pixels. */
export function fit(text, pixels) {
  const most = Math.floor(pixels / CHARACTER);
  if (text.length <= most) return text;
  if (most < 2) return '';
  // Not half of a character that takes two units.
  const end =
    text.charCodeAt(most - 2) >= 0xd800 && text.charCodeAt(most - 2) < 0xdc00 ? most - 2 : most - 1;
  return `${text.slice(0, end)}…`;
}

/**
 * An arrow by (`dx`, `dy`): `isOpen` where it is not known to have arrived, `isBroken` where it
 * never left.
 */
export function arrow({ dx, dy, text, isOpen, isBroken, isDashed }) {
  const line = isDashed ? 'line dashed' : 'line';
  const tip = isOpen ? 'tip open' : 'tip';
  if (dx === 0) {
    const down = Math.max(dy, 8);
    return [
      svg('path', { class: line, d: `M0 0h${LOOP}v${down}H0` }),
      svg('path', { class: tip, d: TIP, transform: `translate(0 ${down}) rotate(180)` }),
      svg('text', { class: 'label', x: LOOP + 6, y: 4, text: fit(text, 200) }),
    ];
  }
  const start = isBroken ? dx / 2 : 0;
  const angle = (Math.atan2(dy, dx - start) * 180) / Math.PI;
  return [
    svg('path', { class: line, d: `M${start} 0L${dx} ${dy}` }),
    svg('path', { class: tip, d: TIP, transform: `translate(${dx} ${dy}) rotate(${angle})` }),
    isBroken && svg('path', { class: 'broken', d: `M${start - 4} -4l8 8m0 -8l-8 8` }),
    labelOf(text, dx, dy, isBroken),
  ].filter(Boolean);
}

function labelOf(text, dx, dy, isBroken) {
  if (Math.abs(dy) <= STEEP && !isBroken) {
    const fitting = fit(text, Math.abs(dx) - 22);
    return svg('text', { class: 'label middle', x: dx / 2, y: dy / 2 - 5, text: fitting });
  }
  // Beside the end that is known: of a message that never left, where it would have arrived.
  const [x, toRight] = isBroken ? [dx, dx < 0] : [0, dx > 0];
  return svg('text', {
    class: toRight ? 'label' : 'label end',
    x: x + (toRight ? 14 : -14),
    y: -5,
    text: fit(text, Math.abs(dx) - 30),
  });
}

const shapes = {
  circle: 'M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z',
  square: 'M-4 -4h8v8h-8Z',
  diamond: 'M0 -5.5L5.5 0L0 5.5L-5.5 0Z',
  triangle: 'M-4.5 -4.5L5.5 0L-4.5 4.5Z',
  bar: 'M-7 -2h14v4h-14Z',
  cross: 'M-4.5 -3L-3 -4.5L0 -1.5L3 -4.5L4.5 -3L1.5 0L4.5 3L3 4.5L0 1.5L-3 4.5L-4.5 3L-1.5 0Z',
};

/** A mark with its label to the right, `room` pixels wide. */
export function mark({ kind, text, room }) {
  const shape = kindOf(kind)?.shape ?? 'bar';
  return [
    svg('path', { class: 'mark', d: shapes[shape] }),
    svg('text', { class: 'label', x: 12, y: 4, text: fit(text, room - 16) }),
  ];
}

/** What events of a kind look like, for a legend. */
export function sample(kind) {
  const { shape } = kindOf(kind);
  const isArrow = shape === 'arrow';
  const width = isArrow ? 26 : 16;
  const figure = isArrow
    ? arrow({ dx: width - 2, dy: 0, text: '', isDashed: kind === 'answer' })
    : [svg('path', { class: 'mark', d: shapes[shape], transform: `translate(${width / 2} 0)` })];
  return svg(
    'svg',
    {
      class: `event ${kind}`,
      viewBox: `0 -7 ${width} 14`,
      width,
      height: 14,
      'aria-hidden': 'true',
    },
    ...figure,
  );
}
