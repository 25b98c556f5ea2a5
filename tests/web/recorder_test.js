import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recorder } from './page/recorder.js';
import { Sampler } from './page/sampler.js';

const call = (request_id, what = 'call_sent') => ({
  event: 'wire',
  data: { what, peer: 'beta', request_id, value: '1' },
});
const told = ({ event, data }) => ({ event, data: JSON.stringify(data) });
const batch = (...events) => [{ machine: 'alpha', events }];

describe('the sampler', () => {
  /** Marks, so many a second for so many seconds: how many of them were taken. */
  function flood(sampler, perSecond, seconds) {
    let taken = 0;
    for (let frame = 0; frame < seconds * 50; ++frame) {
      sampler.tick(20);
      for (let i = 0; i < perSecond / 50; ++i) {
        taken += sampler.takes({ event: 'message', data: {} }, false);
      }
    }
    return taken;
  }

  it('takes all of what can be shown', () => {
    const sampler = new Sampler({ burst: 1000, perSecond: 500 });
    assert.equal(flood(sampler, 500, 20), 10_000);
    assert.equal(sampler.every, 1);
  });

  it('takes all of a burst', () => {
    const sampler = new Sampler({ burst: 1000, perSecond: 500 });
    assert.equal(flood(sampler, 50_000, 0.02), 1000);
    assert.equal(sampler.every, 1);
  });

  it('takes one in N of what goes on too fast, and all again when that is over', () => {
    const sampler = new Sampler({ burst: 1000, perSecond: 500 });
    flood(sampler, 10_000, 5);
    assert.ok(sampler.every >= 16 && sampler.every <= 32, `${sampler.every}`);
    const taken = flood(sampler, 10_000, 20);
    assert.ok(taken > 20 * 250 && taken < 20 * 1000, `${taken}`);
    sampler.tick(1000);
    sampler.tick(1000);
    assert.equal(sampler.every, 1);
  });

  it('counts an exchange when its first message comes', () => {
    const sampler = new Sampler({ burst: 1000, perSecond: 500 });
    for (let number = 0; number < 250; ++number) {
      assert.equal(sampler.takes(call(number), false), true);
      for (let i = 0; i < 3; ++i) assert.equal(sampler.takes(call(number), true), true);
    }
    assert.equal(sampler.every, 1);
    sampler.takes(call(250), false);
    assert.equal(sampler.every, 2);
    for (let number = 0; number < 100_000; ++number) sampler.takes(call(number), true);
    assert.equal(sampler.every, 2);
  });

  it('takes the messages of an exchange all or none', () => {
    const sampler = new Sampler({ burst: 10, perSecond: 10 });
    for (let number = 0; number < 1000; ++number) sampler.takes(call(number), false);
    assert.ok(sampler.every > 1);
    assert.equal(sampler.takes(call(1, 'answer_received'), true), true);
    assert.equal(sampler.takes(call(1, 'answer_received'), false), false);
  });

  it('does not take all of one peer where two have every other number', () => {
    const sampler = new Sampler({ burst: 1e9, perSecond: 1 });
    sampler.every = 4;
    for (const odd of [0, 1]) {
      let taken = 0;
      for (let number = odd; number < 8000; number += 2)
        taken += sampler.takes(call(number), false);
      assert.ok(taken > 900 && taken < 1100, `${taken}`);
    }
  });
});

describe('the recorder', () => {
  it('counts what comes, and what nodes left out', () => {
    const recorder = new Recorder();
    recorder.take(batch(told(call(1)), told({ event: 'skipped', data: { count: 40 } })), 0, 0);
    assert.deepEqual([recorder.seen, recorder.skipped], [1, 40]);
  });

  it('counts what it cannot read among what was left out', () => {
    const recorder = new Recorder();
    const bad = [null, 'x', '[1]', 'null', '3', '{"a":'].map((data) => ({
      event: 'message',
      data,
    }));
    recorder.take(batch(...bad), 0, 0);
    assert.deepEqual([recorder.seen, recorder.skipped], [0, bad.length]);
    assert.equal(recorder.sequence.kept, 1);
  });

  it('holds back what comes while it is paused, and counts it', () => {
    const recorder = new Recorder();
    recorder.take(batch(told(call(1))), 0, 0);
    recorder.pause();
    recorder.take(batch(told(call(2)), told(call(3))), 0, 0);
    recorder.restarted('alpha', 0);
    assert.deepEqual([recorder.sequence.kept, recorder.held], [1, 3]);
    recorder.resume();
    assert.deepEqual([recorder.sequence.kept, recorder.held], [4, 0]);
  });

  it('holds back no more than it would keep', () => {
    const recorder = new Recorder();
    const { limit } = recorder.sequence;
    recorder.pause();
    for (let number = 1; number <= 5 * limit; ++number)
      recorder.take(batch(told(call(number))), number, 1000);
    assert.equal(recorder.held, 5 * limit);
    recorder.resume();
    assert.ok(recorder.sequence.kept <= limit);
    assert.equal(recorder.sequence.points().at(-1).item.exchange.number, 5 * limit);
  });

  it('can be cleared', () => {
    const recorder = new Recorder();
    recorder.take(batch(told(call(1))), 0, 0);
    recorder.clear();
    assert.deepEqual([recorder.seen, recorder.sequence.kept], [0, 0]);
  });
});
