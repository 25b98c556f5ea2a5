import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { layBars } from './page/bars.js';
import { Columns, distanceTo } from './page/columns.js';
import { Lifelines } from './page/lifelines.js';
import { layRows } from './page/rows.js';
import { Sequence } from './page/sequence.js';
import { placeOf } from './page/told.js';

/** Lays what is told as "alpha call_sent beta 1", or "alpha mark", in this order. */
function lay(told, isShown = () => true) {
  const sequence = new Sequence();
  told.forEach((line, time) => {
    const [machine, what, peer, request_id] = line.split(' ');
    const data = peer
      ? {
          what,
          peer,
          request_id: Number(request_id),
          sender: `obj:${machine}.0`,
          target: `obj:${peer}.0`,
          value: what,
          time,
        }
      : { event_type: { StateUpdated: 0 }, object: `obj:${machine}.0`, text: what, time };
    if (what.endsWith('received') && what.startsWith('call'))
      [data.sender, data.target] = [data.target, data.sender];
    if (what === 'answer_sent') [data.sender, data.target] = [data.target, data.sender];
    sequence.add(machine, { event: peer ? 'wire' : 'message', data });
  });
  return layRows(sequence.points(), isShown);
}
const rowsOf = ({ shown }) =>
  shown.map(({ item, sent, received, top }) => [item.kind, sent ?? top, received ?? top]);

describe('rows', () => {
  it('have level arrows where nothing came between', () => {
    const laid = lay([
      'alpha call_sent beta 1',
      'beta call_received alpha 1',
      'beta answer_sent alpha 1',
      'alpha answer_received beta 1',
    ]);
    assert.deepEqual(rowsOf(laid), [
      ['call', 0, 0],
      ['answer', 1, 1],
    ]);
    assert.equal(laid.rows, 2);
  });

  it('have level arrows for calls that are under way at the same time', () => {
    const laid = lay([
      'alpha call_sent beta 1',
      'alpha call_sent beta 2',
      'beta call_received alpha 1',
      'beta call_received alpha 2',
    ]);
    assert.deepEqual(rowsOf(laid), [
      ['call', 0, 0],
      ['call', 1, 1],
    ]);
  });

  it('let arrows slope where the receiver has done something since', () => {
    const laid = lay(['alpha call_sent beta 1', 'beta mark', 'beta call_received alpha 1']);
    assert.deepEqual(rowsOf(laid), [
      ['call', 0, 2],
      ['state', 1, 1],
    ]);
    assert.equal(laid.rows, 3);
  });

  it('let arrows cross that crossed on the way', () => {
    const laid = lay([
      'alpha call_sent beta 1',
      'beta call_sent alpha 7',
      'alpha call_received beta 7',
      'beta call_received alpha 1',
    ]);
    assert.deepEqual(rowsOf(laid), [
      ['call', 0, 2],
      ['call', 1, 1],
    ]);
  });

  it('are only taken by what is shown', () => {
    const laid = lay(
      ['alpha mark', 'alpha call_sent beta 1', 'beta mark', 'beta call_received alpha 1'],
      ({ kind }) => kind !== 'state',
    );
    assert.deepEqual(rowsOf(laid), [['call', 0, 0]]);
    assert.equal(laid.rows, 1);
  });
});

describe('bars', () => {
  it('go from where a call is received to where it is answered, one within the other', () => {
    const { shown } = lay([
      'alpha call_sent beta 1',
      'beta call_received alpha 1',
      'beta call_sent alpha 1',
      'alpha call_received beta 1',
      'alpha call_sent beta 2',
      'beta call_received alpha 2',
      'beta answer_sent alpha 2',
      'alpha answer_received beta 2',
      'alpha answer_sent beta 1',
      'beta answer_received alpha 1',
      'beta answer_sent alpha 1',
      'alpha answer_received beta 1',
    ]);
    assert.deepEqual(
      layBars(shown).map(({ place, top, bottom, depth }) => [place.machine, top, bottom, depth]),
      [
        ['beta', 0, 5, 0],
        ['alpha', 1, 4, 0],
        ['beta', 2, 3, 1],
      ],
    );
  });

  it('are not there for calls without an answer', () => {
    assert.deepEqual(
      layBars(lay(['alpha call_sent beta 1', 'beta call_received alpha 1']).shown),
      [],
    );
  });
});

describe('lifelines', () => {
  const at = (machine, object) => placeOf(machine, object);
  const shape = (lifelines) =>
    lifelines.groups.map(({ machine, lifelines: those }) => [
      machine,
      ...those.map(({ object, shared }) => (shared ? `+${shared}` : object)),
    ]);

  it('are grouped by machine, in the order of the machines, and the machine first', () => {
    const lifelines = new Lifelines();
    const places = [
      at('gamma', 'c'),
      at('beta', 'b'),
      at('alpha', 'a'),
      at('alpha', null),
      at('beta', 'd'),
    ];
    lifelines.update(places, ['alpha', 'beta'], 4);
    assert.deepEqual(shape(lifelines), [
      ['alpha', null, 'a'],
      ['beta', 'b', 'd'],
      ['gamma', 'c'],
    ]);
    assert.equal(lifelines.at(at('beta', 'd')).index, 3);
    assert.equal(lifelines.count, 5);
  });

  it('are shared where there are too many, the busy ones aside', () => {
    const lifelines = new Lifelines();
    const objects = ['a', 'b', 'c', 'b', 'd', 'd', 'd'];
    lifelines.update(
      objects.map((object) => at('alpha', object)),
      [],
      3,
    );
    assert.deepEqual(shape(lifelines), [['alpha', 'd', 'b', '+2']]);
    assert.equal(lifelines.at(at('alpha', 'a')).index, 2);
    assert.equal(lifelines.at(at('alpha', 'c')).index, 2);
  });

  it('are shared by all of very many alike, but for the machine', () => {
    const lifelines = new Lifelines();
    const places = Array.from({ length: 1000 }, (_, i) => at('alpha', `obj:${i}`));
    lifelines.update([at('alpha', null), ...places], [], 8);
    assert.deepEqual(shape(lifelines), [['alpha', null, '+1000']]);
  });

  it('stay where they are until their room is needed', () => {
    const lifelines = new Lifelines();
    lifelines.update([at('alpha', 'a'), at('alpha', 'b')], [], 2);
    lifelines.update([at('alpha', 'b')], [], 2);
    assert.deepEqual(shape(lifelines), [['alpha', 'a', 'b']]);
    lifelines.update([at('alpha', 'c'), at('alpha', 'b')], [], 2);
    assert.deepEqual(shape(lifelines), [['alpha', 'b', 'c']]);
  });

  it('do not change for a little more', () => {
    const lifelines = new Lifelines();
    const update = (counts) =>
      lifelines.update(
        Object.entries(counts).flatMap(([object, count]) => Array(count).fill(at('alpha', object))),
        [],
        2,
      );
    update({ a: 5, b: 4, c: 4 });
    update({ a: 5, b: 7, c: 4 });
    assert.deepEqual(shape(lifelines), [['alpha', 'a', '+2']]);
    update({ a: 5, b: 11, c: 4 });
    assert.deepEqual(shape(lifelines), [['alpha', 'b', '+2']]);
  });

  it('of machines that are not known and not in use go', () => {
    const lifelines = new Lifelines();
    lifelines.update([at('x', 'a'), at('alpha', 'b')], ['alpha'], 4);
    lifelines.update([], ['alpha'], 4);
    assert.deepEqual(shape(lifelines), [['alpha', 'b']]);
  });
});

describe('columns', () => {
  it('give each lifeline its place, and arrows theirs between', () => {
    const laid = lay(['alpha call_sent beta 1', 'beta call_received alpha 1']);
    const lifelines = new Lifelines();
    lifelines.update(
      [placeOf('alpha', 'obj:alpha.0'), placeOf('beta', 'obj:beta.0')],
      ['alpha', 'beta'],
      4,
    );
    const columns = new Columns(lifelines, [], 1000);
    const { x, y, dx, dy } = columns.lineOf(laid.shown[0]);
    assert.deepEqual([x, x + dx], columns.all);
    assert.deepEqual([y, dy], [Columns.yOf(0), 0]);
    assert.ok(columns.width >= columns.all[1]);
  });

  it('are wide enough to read, if need be wider than the window', () => {
    const lifelines = new Lifelines();
    lifelines.update(
      Array.from({ length: 40 }, (_, i) => placeOf('alpha', `obj:${i}`)),
      [],
      50,
    );
    const columns = new Columns(lifelines, [], 400);
    assert.ok(columns.column >= 100);
    assert.ok(columns.width > 4000);
  });

  it('know what is near', () => {
    const arrow = { x: 100, y: 100, dx: 200, dy: 0 };
    assert.ok(distanceTo(arrow, 200, 95) < distanceTo(arrow, 200, 110));
    assert.ok(distanceTo(arrow, 200, 100) < distanceTo(arrow, 500, 100));
  });
});
