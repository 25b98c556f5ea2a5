// The page in a browser, with two nodes that are made up.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  closeBrowser,
  event,
  eventsOf,
  eventually,
  folderOfPage,
  frames,
  head,
  openBrowser,
  screenshot,
  seesEvents,
  withPage,
} from './browser.js';
import { demoEvents, playDemo } from './demo.js';
import { FakeNode } from './fake_node.js';

const limit = { timeout: 400_000 };

let alpha;
let beta;

before(openBrowser);
after(closeBrowser);

beforeEach(async () => {
  alpha = await new FakeNode({ name: 'alpha', prefix: 9001, page: folderOfPage }).start();
  beta = await new FakeNode({ name: 'beta', prefix: 9002, page: folderOfPage }).start();
  FakeNode.connect(alpha, beta);
});

afterEach(async () => {
  await alpha.stop();
  await beta.stop();
});

const show = (act) => withPage([alpha, beta], {}, act);

/** One call from alpha to beta, as both tell it. */
function call(request_id, value = `"call ${request_id}"`, answer = null) {
  const exchange = { request_id, sender: 'obj:9001.0', target: 'obj:9002.0' };
  alpha.wire('call_sent', { ...exchange, peer: beta, value });
  beta.wire('call_received', { ...exchange, peer: alpha, value });
  if (answer === null) return;
  beta.wire('answer_sent', { ...exchange, peer: alpha, ...answer });
  alpha.wire('answer_received', { ...exchange, peer: beta, ...answer });
}

const callLabel = (value) => `Call from obj:9001.0 on alpha to obj:9002.0 on beta: ${value}`;
const calls = (...numbers) => numbers.map((number) => callLabel(`"call ${number}"`));
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the cluster', limit, () => {
  const card = (page, machine) =>
    page.locator('#nodes li', { has: page.locator('h3', { hasText: machine }) });
  const saysOf = (page, machine, texts) =>
    eventually(async () => {
      const said = await card(page, machine).innerText();
      for (const text of texts) assert.match(said, text);
    });

  it('is shown with its state', () =>
    show(async (page) => {
      alpha.peers[0].requests_out = 3;
      alpha.peers[0].requests_in = 1204;
      beta.addObject(0, { behavior: 'pong' });
      await saysOf(page, 'alpha', [/this node/, /9001/, /events live/, new RegExp(alpha.http)]);
      await saysOf(page, 'beta', [
        /\bconnected/,
        /protocol\s*2/,
        /asked\s*3/,
        /asks\s*1,204/,
        /announced\s*1/,
        /events live/,
        new RegExp(beta.http),
      ]);
      assert.equal(await page.title(), 'alpha · AVM node');
    }));

  it('shows a node that is gone, goes on with what the other tells, and hears the one that is back', () =>
    show(async (page) => {
      await saysOf(page, 'beta', [/events live/]);
      await beta.stop();
      alpha.setConnected(beta, false);
      await saysOf(page, 'beta', [/not connected/, /trying again/]);
      call(1, '1', { value: null, error: 'MachineError.Unreachable: beta' });
      const failed =
        'Failed answer from obj:9002.0 on beta to obj:9001.0 on alpha: MachineError.Unreachable: beta';
      await seesEvents(page, [callLabel('1'), failed]);
      assert.equal(await page.locator('#plot .failed .broken').count(), 1);
      await screenshot(page, 'gone');

      beta.forget();
      await beta.start();
      alpha.setConnected(beta, true);
      await saysOf(page, 'beta', [/\bconnected/, /events live/]);
      await eventually(async () =>
        assert.ok((await eventsOf(page)).includes('node beta: started again')),
      );
      // It counts from the beginning, and so does its event stream.
      call(1, '2');
      await eventually(async () => assert.equal((await eventsOf(page)).at(-1), callLabel('2')));
    }));

  it('says that the page’s own node is gone', () =>
    show(async (page) => {
      await saysOf(page, 'alpha', [/events live/]);
      await alpha.stop();
      await saysOf(page, 'alpha', [/not reached/, /trying again/]);
      await eventually(async () =>
        assert.match(await page.locator('#connection').innerText(), /alpha: not reached/),
      );
      await alpha.start();
      await saysOf(page, 'alpha', [/this node/, /events live/]);
      assert.equal(await page.locator('#connection').innerText(), '');
    }));

  it('has nodes without an HTTP address, and with one that is none', () =>
    show(async (page) => {
      for (const [name, http] of [
        ['gamma', ''],
        ['delta', 'evil/?x='],
      ]) {
        alpha.peers.push({
          node: { name, http, prefix: 7, epoch: 1, objects: new Map() },
          connected: true,
          requests_out: 0,
          requests_in: 0,
        });
        await saysOf(page, name, [/tells no HTTP address/]);
      }
    }));

  it('has no more nodes listened to than a browser can', () => {
    const others = range(1, 40).map((i) => ({
      name: `peer-${i}`,
      http: `127.0.0.1:${i === 1 ? alpha.http.split(':')[1] : i}`,
      prefix: i,
      epoch: 1,
      objects: new Map(),
    }));
    for (const node of others) {
      alpha.peers.push({ node, connected: true, requests_out: 0, requests_in: 0 });
    }
    return withPage([alpha, beta, ...others], {}, (page) =>
      eventually(async () => {
        const said = await page.locator('#nodes .events').allInnerTexts();
        assert.equal(said.length, 42);
        assert.equal(said.filter((text) => /there are too many/.test(text)).length, 10);
      }),
    );
  });
});

describe('the address', limit, () => {
  it('that peers know is told where the page was opened by another', () =>
    show(async (page) => {
      assert.equal(await page.locator('#connection a').count(), 0);
      const other = { ...alpha, http: `localhost:${new URL(alpha.url).port}` };
      await withPage(
        [{ ...other, url: `http://${other.http}/` }, alpha, beta],
        {},
        async (elsewhere) => {
          await eventually(async () =>
            assert.equal(await elsewhere.locator('#connection a').getAttribute('href'), alpha.url),
          );
        },
      );
    }));
});

describe('the objects', limit, () => {
  const rows = (page) => page.locator('#objects tr').allInnerTexts();
  const row = (page, id) => page.locator('#objects tr', { hasText: id });

  it('are listed with what they are, and who waits', () =>
    show(async (page) => {
      alpha.addObject(0, { name: 'ping', behavior: 'ping', state: { text: '[1, "two"]' } });
      alpha.addObject(1, {
        name: 'door',
        behavior: 'gate',
        waiting: true,
        mailbox: [{ text: '1' }, { text: '2' }],
      });
      await eventually(async () => {
        assert.match(
          await row(page, 'obj:9001.0').innerText(),
          /^ping\s+obj:9001\.0\s+\[1, "two"\]\s*$/,
        );
        assert.match(
          await row(page, 'obj:9001.1').innerText(),
          /^door · gate\s+obj:9001\.1\s+nothing\s+waits, 2 in mailbox$/,
        );
      });
      await screenshot(page, 'objects');
    }));

  it('keep ids that no number holds', () =>
    show(async (page) => {
      const id = alpha.addObject('281474976710654', { behavior: 'ping' });
      await row(page, id).locator('button').click();
      await eventually(async () =>
        assert.match(await page.locator('#detail').innerText(), /obj:9001\.281474976710654\n/),
      );
    }));

  it('are filtered and paged', () =>
    show(async (page) => {
      for (const index of range(0, 119))
        alpha.addObject(index, { behavior: index % 2 ? 'odd' : 'even' });
      const says = (text) =>
        eventually(async () => assert.equal(await page.locator('#objects-page').innerText(), text));
      await says('1–50 of 120');
      assert.ok(await page.locator('#objects-previous').isDisabled());
      await page.locator('#objects-next').click();
      await says('51–100 of 120');
      await page.locator('#objects-next').click();
      await says('101–120 of 120');
      assert.equal((await rows(page)).length, 20);
      assert.ok(await page.locator('#objects-next').isDisabled());
      await page.locator('#objects-previous').click();
      await says('51–100 of 120');
      await page.locator('#objects-filter').fill('odd');
      await says('1–50 of 60');
      await page.locator('#objects-filter').fill('nobody');
      await says('0');
      assert.match(await page.locator('#objects-empty').innerText(), /No object matches/);
    }));

  it('of peers can be listed', () =>
    show(async (page) => {
      alpha.addObject(0, { behavior: 'ping' });
      beta.addObject(0, { behavior: 'pong' });
      await eventually(async () =>
        assert.equal(await page.locator('#objects-node option').count(), 2),
      );
      await page.locator('#objects-node').selectOption('beta');
      await eventually(async () => assert.match((await rows(page)).join(), /^pong\s+obj:9002\.0/));
    }));

  it('show their state as it is now, and keep the focus', () =>
    show(async (page) => {
      const id = alpha.addObject(0, { behavior: 'counter', state: { text: '1' } });
      await row(page, id).locator('button').focus();
      alpha.objects.get(id).state = { text: '2' };
      await eventually(async () => assert.match(await row(page, id).innerText(), /\t2\t/));
      assert.ok(
        await row(page, id)
          .locator('button')
          .evaluate((button) => button === document.activeElement),
      );
    }));
});

describe('the chart', limit, () => {
  it('says what to do where nothing has happened', () =>
    show(async (page) => {
      alpha.addObject(0, { behavior: 'ping' });
      await eventually(async () =>
        assert.match(
          await page.locator('#empty').innerText(),
          new RegExp(`avm-ctl --node ${alpha.http} call obj:9001.0 1`),
        ),
      );
      await screenshot(page, 'empty');
    }));

  it('shows the demo, also where it was over before the page was opened', async () => {
    playDemo(alpha, beta, 3);
    await show(async (page) => {
      await seesEvents(page, demoEvents(3));
      await eventually(async () =>
        assert.deepEqual(await page.locator('#heads .name').allInnerTexts(), ['ping', 'pong']),
      );
      assert.deepEqual(await page.locator('#heads .machine').allInnerTexts(), ['alpha', 'beta']);

      // Each arrow goes from one lifeline to the other, and they stand one below the other.
      const middle = async (id) => {
        const box = await head(page, id).boundingBox();
        return box.x + box.width / 2;
      };
      const [ping, pong] = [await middle('obj:9001.0'), await middle('obj:9002.0')];
      const arrows = await page.locator('#plot :is(.call, .answer)').evaluateAll((events) =>
        events.map((found) => {
          const { left, right, top } = found.querySelector('.line').getBoundingClientRect();
          const isDashed =
            getComputedStyle(found.querySelector('.line')).strokeDasharray !== 'none';
          return { left, right, top, isDashed, kind: found.classList[1] };
        }),
      );
      assert.equal(arrows.length, 6);
      arrows.forEach(({ left, right, top, kind, isDashed }, i) => {
        // A bar is a few pixels wide.
        assert.ok(
          Math.abs(left - ping) < 16 && Math.abs(right - pong) < 16,
          `${i}: ${left} ${right} ${ping} ${pong}`,
        );
        assert.ok(i === 0 || top > arrows[i - 1].top, `${i}`);
        assert.equal(isDashed, kind === 'answer');
      });
      await screenshot(page, 'demo');
    });
  });

  it('shows what happens while it is open, and stays at the newest', () =>
    show(async (page) => {
      call(1);
      await seesEvents(page, calls(1));
      for (const number of range(2, 100)) call(number);
      await eventually(async () => assert.equal((await eventsOf(page)).at(-1), calls(100)[0]));
      assert.ok(await event(page, calls(100)[0]).isVisible());
      assert.ok(await page.locator('#newest').isHidden());
      assert.ok((await eventsOf(page)).length < 80, 'rows that cannot be seen are elements');
    }));

  it('stays where the reader has scrolled to', () =>
    show(async (page) => {
      for (const number of range(1, 100)) call(number);
      await eventually(async () => assert.equal((await eventsOf(page)).at(-1), calls(100)[0]));
      await page.locator('#chart').hover();
      await page.mouse.wheel(0, -800);
      await eventually(async () => assert.ok(await page.locator('#newest').isVisible()));
      const topOf = (number) =>
        event(page, calls(number)[0]).evaluate((found) => found.getBoundingClientRect().top);
      const earlier = await topOf(60);
      for (const number of range(101, 200)) call(number);
      await eventually(async () =>
        assert.match(await page.locator('#progress').innerText(), /^400 events/),
      );
      await frames(page);
      assert.equal(await topOf(60), earlier);
      await page.locator('#newest').click();
      await eventually(async () => assert.equal((await eventsOf(page)).at(-1), calls(200)[0]));
    }));

  it('stays there too where events come or go above', () =>
    show(async (page) => {
      for (const number of range(1, 5_000)) call(number);
      await eventually(async () =>
        assert.match(await page.locator('#progress').innerText(), /^10,000 events · 10,000 kept/),
      );
      await page.locator('#chart').hover();
      await page.mouse.wheel(0, -800);
      await eventually(async () => assert.ok(await page.locator('#newest').isVisible()));
      const topOf = () =>
        event(page, calls(4_965)[0]).evaluate((found) => found.getBoundingClientRect().top);
      const earlier = await topOf();
      for (const number of range(5_001, 6_000)) call(number);
      await eventually(async () =>
        assert.match(
          await page.locator('#progress').innerText(),
          /^12,000 events · the newest 10,000 kept/,
        ),
      );
      await frames(page);
      assert.equal(await topOf(), earlier);
    }));

  it('can be paused, and counts what comes in the meantime', () =>
    show(async (page) => {
      call(1);
      await seesEvents(page, calls(1));
      await page.getByRole('button', { name: 'Pause' }).click();
      call(2);
      call(3);
      await eventually(async () =>
        assert.match(await page.locator('#progress').innerText(), /4 new since the pause/),
      );
      assert.match(await page.locator('#notices').innerText(), /paused/);
      assert.deepEqual(await eventsOf(page), calls(1));
      await page.getByRole('button', { name: 'Resume' }).click();
      await seesEvents(page, calls(1, 2, 3));
      assert.equal(await page.locator('#notices').innerText(), '');
    }));

  it('can be cleared', () =>
    show(async (page) => {
      call(1);
      await seesEvents(page, calls(1));
      await page.getByRole('button', { name: 'Clear' }).click();
      await seesEvents(page, []);
      call(2);
      await seesEvents(page, calls(2));
    }));

  it('says what nodes have skipped', () =>
    show(async (page) => {
      call(1);
      await seesEvents(page, calls(1));
      alpha.emit({ count: 1500 }, 'skipped');
      await seesEvents(page, [...calls(1), 'node alpha: 1,500 events skipped']);
      assert.match(await page.locator('#progress').innerText(), /1,500 skipped by the nodes/);
    }));

  it('says what was told before the page was opened, and is not kept', async () => {
    alpha.emit({ count: 1_000_000 }, 'skipped');
    call(1);
    await show(async (page) => {
      await seesEvents(page, ['node alpha: 1,000,000 events before these', ...calls(1)]);
      assert.match(await page.locator('#progress').innerText(), /^2 events · 3 kept$/);
    });
  });

  it('goes on behind the last event after a break, without one twice', () =>
    show(async (page) => {
      call(1);
      await seesEvents(page, calls(1));
      alpha.breakStreams();
      beta.breakStreams();
      call(2);
      call(3);
      await seesEvents(page, calls(1, 2, 3));
      call(4);
      await seesEvents(page, calls(1, 2, 3, 4));
      assert.match(await page.locator('#progress').innerText(), /^8 events/);
      const asked = alpha.requests
        .filter(({ url }) => url.startsWith('/events'))
        .map(({ url }) => url);
      assert.deepEqual(asked, ['/events?after=0', '/events?after=1']);
    }));
});

describe('choosing', limit, () => {
  const pressed = (page) => page.locator('#heads button[aria-pressed=true]').allInnerTexts();

  /** Two callers, so that there is something to leave out. */
  function callFromTwo() {
    call(1);
    const other = { request_id: 2, sender: 'obj:9001.7', target: 'obj:9002.0', value: '"other"' };
    alpha.wire('call_sent', { ...other, peer: beta });
    beta.wire('call_received', { ...other, peer: alpha });
    return 'Call from obj:9001.7 on alpha to obj:9002.0 on beta: "other"';
  }

  it('a lifeline shows its messages only, until it is chosen again', () =>
    show(async (page) => {
      const other = callFromTwo();
      await seesEvents(page, [...calls(1), other]);
      await head(page, 'obj:9001.7').click();
      await seesEvents(page, [other]);
      assert.equal((await pressed(page)).length, 1);
      assert.equal(await head(page, 'obj:9001.0').count(), 0);
      await head(page, 'obj:9001.7').click();
      await seesEvents(page, [...calls(1), other]);
    }));

  it('a row of the table does so too, and shows the object', () =>
    show(async (page) => {
      alpha.addObject(7, { name: 'seven', behavior: 'caller', state: { text: '["deep", [1]]' } });
      const other = callFromTwo();
      await seesEvents(page, [...calls(1), other]);
      const button = page.locator('#objects tr', { hasText: 'obj:9001.7' }).locator('button');
      await button.click();
      await seesEvents(page, [other]);
      assert.equal(await button.getAttribute('aria-pressed'), 'true');
      assert.match(
        await page.locator('#detail').innerText(),
        /seven[^]*caller[^]*\["deep", \[1\]\]/,
      );
      assert.match((await pressed(page)).join(), /seven\s+obj:9001\.7/);
      await screenshot(page, 'picked');
      await button.click();
      await seesEvents(page, [...calls(1), other]);
    }));

  it('an event shows its data, with ids as they are', () =>
    show(async (page) => {
      call(1, '["Ping", obj:9002.0]', { value: '"well"' });
      await event(page, callLabel('["Ping", obj:9002.0]')).click();
      const detail = page.locator('#detail');
      await eventually(async () =>
        assert.match(
          await detail.innerText(),
          /^Call\n[^]*From\s+obj:9001\.0 on alpha\s+To\s+obj:9002\.0 on beta\s+Request\s+1 of alpha to beta[^]*As alpha tells it[^]*"what": "call_sent"[^]*As beta tells it/,
        ),
      );
      await page.getByRole('button', { name: 'Go to its answer' }).click();
      await eventually(async () => assert.match(await detail.innerText(), /^Answer\n[^]*"well"/));
      await screenshot(page, 'detail');
    }));

  it('works by keyboard', () =>
    show(async (page) => {
      call(1, '1', { value: '"well"' });
      call(2);
      call(3);
      const answer = 'Answer from obj:9002.0 on beta to obj:9001.0 on alpha: "well"';
      await seesEvents(page, [callLabel('1'), answer, ...calls(2, 3)]);
      const active = () =>
        page.evaluate(() => {
          const id = document.getElementById('plot').getAttribute('aria-activedescendant');
          return id === null ? null : document.getElementById(id).getAttribute('aria-label');
        });
      const press = async (key, expected) => {
        await page.keyboard.press(key);
        await eventually(async () => assert.equal(await active(), expected, key));
      };
      await page.locator('#plot').focus();
      await press('ArrowUp', calls(3)[0]);
      await press('ArrowUp', calls(2)[0]);
      await press('Home', callLabel('1'));
      await press('ArrowRight', answer);
      await press('ArrowLeft', callLabel('1'));
      await press('End', calls(3)[0]);
      await press('ArrowDown', calls(3)[0]);
      assert.match(await page.locator('#detail').innerText(), /call 3/);
      await press('Escape', null);

      // All that can be pressed is reached with the tab key.
      const ids = new Set();
      for (let i = 0; i < 40; ++i) {
        await page.keyboard.press('Tab');
        ids.add(
          await page.evaluate(
            () => document.activeElement.id || document.activeElement.closest('[id]')?.id,
          ),
        );
      }
      for (const id of [
        'pause',
        'clear',
        'find',
        'kinds',
        'heads',
        'plot',
        'detail',
        'objects-node',
        'objects-filter',
      ])
        assert.ok(ids.has(id), id);
    }));

  it('kinds of events, and texts', () =>
    show(async (page) => {
      call(1, '1', { value: '"well"' });
      alpha.trace('StateUpdated', 1, { object: 'obj:9001.0' });
      const answer = 'Answer from obj:9002.0 on beta to obj:9001.0 on alpha: "well"';
      const state = 'obj:9001.0 on alpha: state set';
      await seesEvents(page, [callLabel('1'), answer, state]);
      await page.getByLabel('Answers').uncheck();
      await seesEvents(page, [callLabel('1'), state]);
      await page.locator('#find').fill('STATE');
      await seesEvents(page, [state]);
      await page.locator('#find').fill('nowhere');
      await seesEvents(page, []);
      assert.match(await page.locator('#empty').innerText(), /None of the events/);
      await page.getByRole('button', { name: 'Show all' }).click();
      await seesEvents(page, [callLabel('1'), answer, state]);
      assert.ok(await page.getByLabel('Answers').isChecked());
    }));
});

describe('what nodes tell', limit, () => {
  it('is text, whatever it says', async () => {
    const evil = '<img src=x onerror="document.title=1">';
    beta.name = `beta${evil}`;
    alpha.addObject(0, {
      name: evil,
      behavior: evil,
      state: { text: evil },
      mailbox: [{ text: evil }],
    });
    const exchange = { request_id: 1, sender: `obj:9001.0${evil}`, target: evil };
    alpha.wire('call_sent', { ...exchange, peer: beta, value: evil });
    alpha.wire('answer_received', { ...exchange, peer: beta, error: evil });
    alpha.trace('ErrorOccurred', evil, { text: evil });
    alpha.trace(evil, evil, { object: evil, text: evil });
    alpha.emit({ event_type: null, text: { a: 1 }, object: 7, cause: 'x' });
    await show(async (page) => {
      await eventually(async () => assert.equal((await eventsOf(page)).length, 5));
      for (const kind of ['call', 'answer', 'error', 'other']) {
        await page.locator(`#plot .${kind}`).first().click();
        await frames(page);
      }
      await page.locator('#objects tr button').click();
      await eventually(async () =>
        assert.match(await page.locator('#detail').innerText(), /<img src=x/),
      );
      assert.equal(await page.locator('img').count(), 1, 'the page’s own sign only');
      assert.equal(await page.title(), 'alpha · AVM node');
    });
  });

  it('would not run even as markup', () =>
    withPage([alpha, beta], { expected: /Content Security Policy/ }, async (page) => {
      const directive = await page.evaluate(
        () =>
          new Promise((resolve) => {
            document.addEventListener('securitypolicyviolation', (violation) =>
              resolve(violation.effectiveDirective),
            );
            document.body.insertAdjacentHTML(
              'beforeend',
              '<img src="/web/none" onerror="window.ran = true">',
            );
          }),
      );
      assert.match(directive, /^script-src/);
      assert.equal(await page.evaluate(() => window.ran), undefined);
    }));
});

describe('looks', limit, () => {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) =>
      value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };

  for (const colorScheme of ['light', 'dark']) {
    it(`have contrast in the ${colorScheme}`, () =>
      withPage([alpha, beta], { colorScheme }, async (page) => {
        playDemo(alpha, beta, 8);
        call(100, '"no"', { value: null, error: 'ObjError.RejectedCall: pong' });
        await eventually(async () => assert.ok((await eventsOf(page)).length > 10));
        const colors = await page.evaluate(() => {
          const style = getComputedStyle(document.documentElement);
          const names = [
            'text',
            'quiet',
            'accent',
            'answer',
            'good',
            'bad',
            'warn',
            'surface',
            'raised',
            'ground',
            'on-accent',
            'chosen',
            'pair',
            ...[0, 1, 2, 3, 4, 5].map((i) => `tint-${i}`),
          ];
          return Object.fromEntries(
            names.map((name) => {
              const [, r, g, b] = /#(..)(..)(..)/.exec(style.getPropertyValue(`--${name}`));
              return [name, [r, g, b].map((digits) => parseInt(digits, 16))];
            }),
          );
        });
        const onSurface = ['text', 'quiet', 'accent', 'answer', 'good', 'bad', 'warn'];
        const pairs = [
          ...onSurface.map((name) => [name, 'surface', 4.5]),
          ...['text', 'quiet', 'bad'].map((name) => [name, 'ground', 4.5]),
          ...['text', 'quiet', 'warn'].flatMap((name) => [
            [name, 'chosen', 4.5],
            [name, 'pair', 4.5],
            [name, 'raised', 4.5],
          ]),
          ['on-accent', 'accent', 4.5],
          ...[0, 1, 2, 3, 4, 5].map((i) => [`tint-${i}`, 'surface', 3]),
        ];
        for (const [a, b, least] of pairs) {
          const found = contrast(colors[a], colors[b]);
          assert.ok(found >= least, `${a} on ${b}: ${found.toFixed(2)}`);
        }
        await page.locator('#plot .failed').first().click();
        await screenshot(page, colorScheme);
      }));
  }

  for (const [name, width, height] of [
    ['narrow', 360, 780],
    ['tablet', 820, 1100],
    ['wide', 1920, 1080],
  ]) {
    it(`fit into a ${name} window`, () =>
      withPage([alpha, beta], { viewport: { width, height } }, async (page) => {
        playDemo(alpha, beta, 8);
        await eventually(async () => assert.ok((await eventsOf(page)).length > 10));
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
        await screenshot(page, name);
      }));
  }

  it('do not jump when events come and are chosen', () =>
    show(async (page) => {
      const boxes = () =>
        page
          .locator('section')
          .evaluateAll((sections) =>
            sections.map((section) => JSON.stringify(section.getBoundingClientRect())),
          );
      await eventually(async () =>
        assert.match(await page.locator('#nodes').innerText(), /events live[^]*events live/),
      );
      const earlier = await boxes();
      playDemo(alpha, beta, 40);
      await eventually(async () => assert.ok((await eventsOf(page)).length > 10));
      await page.locator('#plot .answer').last().click();
      await page.getByRole('button', { name: 'Pause' }).click();
      await frames(page);
      assert.deepEqual(await boxes(), earlier);
    }));

  it('have a name for all that can be used', () =>
    show(async (page) => {
      playDemo(alpha, beta, 3);
      await eventually(async () => assert.ok((await eventsOf(page)).length > 5));
      const nameless = await page
        .locator('button, input, select, [role=region], [role=listbox], [role=option], section')
        .evaluateAll((all) =>
          all
            .filter((one) => {
              const labelled = one.getAttribute('aria-labelledby');
              const text =
                one.getAttribute('aria-label') ??
                (labelled
                  ? document.getElementById(labelled).textContent
                  : (one.labels?.[0] ?? one).textContent);
              return text.trim() === '';
            })
            .map((one) => one.outerHTML),
        );
      assert.deepEqual(nameless, []);
    }));
});
