// More events than can be drawn: the page has to answer all the same, and to say what it leaves
// out.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  closeBrowser,
  eventsOf,
  eventually,
  folderOfPage,
  openBrowser,
  screenshot,
  withPage,
} from './browser.js';
import { FakeNode } from './fake_node.js';

const limit = { timeout: 400_000 };
const perSecond = 10_000;

before(openBrowser);
after(closeBrowser);

/** Calls from `objects` objects of alpha to as many of beta, `perSecond` events in all, until stopped. */
function flood(alpha, beta, objects) {
  let number = 0;
  let told = 0;
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    for (let due = (Math.min(1000, now - last) * perSecond) / 1000; due > 0; due -= 4) {
      const request = {
        request_id: ++number,
        sender: `obj:9001.${number % objects}`,
        target: `obj:9002.${(number * 7) % objects}`,
      };
      const value = `["Work", ${number}, "a text of some length, as messages have"]`;
      alpha.wire('call_sent', { ...request, peer: beta, value });
      beta.wire('call_received', { ...request, peer: alpha, value });
      beta.wire('answer_sent', { ...request, peer: alpha, value: `${number}` });
      alpha.wire('answer_received', { ...request, peer: beta, value: `${number}` });
      told += 4;
    }
    last = now;
  }, 10);
  return { stop: () => clearInterval(timer), told: () => told };
}

async function withFlood(objects, act) {
  const alpha = await new FakeNode({ name: 'alpha', prefix: 9001, page: folderOfPage }).start();
  const beta = await new FakeNode({ name: 'beta', prefix: 9002, page: folderOfPage }).start();
  FakeNode.connect(alpha, beta);
  let stream;
  try {
    await withPage([alpha, beta], {}, async (page) => {
      await eventually(() => assert.deepEqual([alpha.readers, beta.readers], [1, 1]));
      stream = flood(alpha, beta, objects);
      await act(page, stream);
    });
  } finally {
    stream?.stop();
    await alpha.stop();
    await beta.stop();
  }
}

/** What the page says of how many events it has seen, kept and passed over. */
async function progressOf(page) {
  const text = await page.locator('#progress').innerText();
  const numberBefore = (what) =>
    Number((new RegExp(`([\\d,]+) ${what}`).exec(text)?.[1] ?? '0').replaceAll(',', ''));
  return {
    seen: numberBefore('events'),
    kept: numberBefore('kept'),
    skipped: numberBefore('skipped'),
  };
}

/** In how many frames, from when it was made by the mouse until the page dealt with it, a click came. */
const framesOfClick = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        const frames = [];
        const frame = (time) => {
          frames.push(time);
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
        addEventListener(
          'click',
          (event) => resolve(frames.filter((time) => time > event.timeStamp).length),
          { once: true },
        );
        window.isWatching = true;
      }),
  );

describe(`${perSecond.toLocaleString('en')} events a second`, limit, () => {
  for (const objects of [4, 3_000]) {
    it(`of ${objects} objects are taken, sampled, and kept within bounds`, () =>
      withFlood(objects, async (page, stream) => {
        await eventually(async () =>
          assert.match(await page.locator('#notices').innerText(), /showing 1 in \d/),
        );
        await eventually(async () => assert.ok((await progressOf(page)).seen > 3 * perSecond));
        const { kept } = await progressOf(page);
        assert.ok(kept <= 10_000, `${kept}`);
        const elements = await page.evaluate(() => document.querySelectorAll('*').length);
        assert.ok(elements < 3_000, `${elements} elements`);
        const heads = await page.locator('#heads button').count();
        assert.ok(heads <= 18, `${heads} lifelines`);

        // It draws in between, rather than once behind it all: so much comes in no single frame.
        const draws = await page.evaluate(
          (events) =>
            new Promise((resolve) => {
              const progress = document.getElementById('progress');
              const seen = () => Number(progress.textContent.split(' ')[0].replaceAll(',', ''));
              const first = seen();
              const drawn = new Set();
              const frame = () => {
                drawn.add(seen());
                if (seen() < first + events) requestAnimationFrame(frame);
                else resolve(drawn.size);
              };
              requestAnimationFrame(frame);
            }),
          2 * perSecond,
        );
        assert.ok(draws >= 3, `${draws}`);
        await screenshot(page, `flood-${objects}`);

        // Each event has come, or was told to be left out.
        stream.stop();
        await eventually(async () => {
          const { seen, skipped } = await progressOf(page);
          assert.equal(seen + skipped, stream.told());
        });
      }));
  }

  it('leave the page answering', () =>
    withFlood(40, async (page, stream) => {
      await eventually(async () => assert.ok((await progressOf(page)).seen > perSecond));
      for (const label of ['Pause', 'Resume', 'Pause']) {
        const button = await page.locator('#pause').boundingBox();
        const waited = framesOfClick(page);
        await page.waitForFunction(() => window.isWatching);
        await page.mouse.click(button.x + 10, button.y + 10);
        const frames = await waited;
        assert.ok(frames <= 3, `${label} took ${frames} frames`);
        await page.evaluate(() => (window.isWatching = false));
      }
      // What is shown stays while it is paused, and can be chosen.
      const shown = await eventsOf(page);
      const told = stream.told();
      await eventually(() => assert.ok(stream.told() > told + perSecond));
      assert.deepEqual(await eventsOf(page), shown);
      const event = page.locator('#plot [role=option]').last();
      await event.click();
      await eventually(async () =>
        assert.match(await page.locator('#detail').innerText(), /^(Call|Answer)\n/),
      );
      await page.getByRole('button', { name: 'Resume' }).click();
      await eventually(async () => assert.notDeepEqual(await eventsOf(page), shown));
    }));
});
