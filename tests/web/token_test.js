// The page of nodes that let nobody in without a token: who is asked, and who is told it.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  closeBrowser,
  eventually,
  folderOfPage,
  openBrowser,
  screenshot,
  withPage,
} from './browser.js';
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
/** Opens the page with `hash` behind its address. */
const showAt = (hash, act) =>
  withPage([{ http: alpha.http, url: alpha.url + hash }, alpha, beta], {}, act);

const door = (page) => page.locator('#door form');
const card = (page, machine) =>
  page.locator('#nodes li', { has: page.locator('h3', { hasText: machine }) });

async function enter(form, token) {
  await form.locator('input').fill(token);
  await form.locator('button').click();
}

const says = (locator, text) =>
  eventually(async () => assert.match(await locator.innerText(), text));
const isOpen = (page) => says(card(page, 'alpha'), /this node[^]*events live/);

/** What a node was told as tokens. */
const tokensAt = (node) => [
  ...new Set(node.requests.map(({ authorization }) => authorization).filter(Boolean)),
];

describe('a node with a token', limit, () => {
  it('is asked for in a form, which goes when the right one is there', async () => {
    alpha.token = 'secret';
    await show(async (page) => {
      await door(page).waitFor();
      assert.match(
        await door(page).innerText(),
        new RegExp(`Token of the node at ${alpha.http}[^]*the file[^]*--http-token`),
      );
      assert.equal(await door(page).locator('.wrong').innerText(), '');
      assert.ok(await page.locator('#parts').isHidden());
      assert.ok(await door(page).locator('input').evaluate((input) => input.matches(':focus')));
      await screenshot(page, 'token');

      await enter(door(page), 'guess');
      await says(door(page).locator('.wrong'), /not its token/);
      assert.equal(await door(page).locator('input').inputValue(), '');
      await screenshot(page, 'token-wrong');

      await enter(door(page), ' secret\n');
      await isOpen(page);
      assert.ok(await door(page).isHidden());
      assert.equal(await page.locator('#connection').innerText(), '');
      await says(page.locator('#empty pre'), / --token FILE call /);
    });
    assert.deepEqual(tokensAt(alpha), ['Bearer guess', 'Bearer secret']);
    assert.deepEqual(tokensAt(beta), []);
  });

  it('is told it for as long as the tab is open, and not by another one', async () => {
    alpha.token = 'secret';
    await show(async (page) => {
      await enter(door(page), 'secret');
      await isOpen(page);
      await page.reload();
      await isOpen(page);
      assert.equal(await page.evaluate(() => localStorage.length), 0);
      assert.equal(await page.evaluate(() => document.cookie), '');
      const other = await page.context().newPage();
      await other.goto(alpha.url);
      await door(other).waitFor();
    });
  });

  it('is asked for when it has changed, beside what is there', async () => {
    alpha.token = 'secret';
    await show(async (page) => {
      await enter(door(page), 'secret');
      await isOpen(page);
      alpha.token = 'another';
      alpha.breakStreams();
      await says(door(page).locator('.wrong'), /not its token/);
      assert.ok(await page.locator('#parts').isVisible());
      await says(page.locator('#connection'), /alpha: asks for its token/);
      await enter(door(page), 'another');
      await isOpen(page);
      assert.ok(await door(page).isHidden());
    });
  });

  it('takes it from the link, which then no longer has it', async () => {
    // Headers are bytes, which a server's library has as characters of Latin-1.
    alpha.token = Buffer.from('secrèt + 100%').toString('latin1');
    await showAt('#token=secr%C3%A8t%20+%20100%25', async (page) => {
      await isOpen(page);
      assert.equal(page.url(), alpha.url);
      assert.equal(await page.evaluate(() => history.length), 2);
    });
    assert.deepEqual(tokensAt(alpha), [`Bearer ${alpha.token}`]);
    assert.deepEqual(tokensAt(beta), []);
  });

  it('takes it from a link that is followed later, and says where one is wrong', async () => {
    alpha.token = 'secret';
    await showAt('#token=100%', async (page) => {
      await says(door(page).locator('.wrong'), /not its token/);
      assert.equal(page.url(), alpha.url);
      await page.evaluate(() => (location.hash = '#token=secret'));
      await isOpen(page);
      assert.equal(page.url(), alpha.url);
    });
    assert.deepEqual(tokensAt(alpha), ['Bearer 100%', 'Bearer secret']);
  });

  it('takes no harm from one that no header can hold', async () => {
    alpha.token = 'secret';
    await showAt(`#token=%0a%00${'x'.repeat(60_000)}`, async (page) => {
      await says(door(page).locator('.wrong'), /not its token/);
      await enter(door(page), 'secret');
      await isOpen(page);
    });
  });

  it('is asked where the browser keeps nothing', async () => {
    alpha.token = 'secret';
    await show(async (page) => {
      await page.addInitScript(() =>
        Object.defineProperty(window, 'sessionStorage', {
          get() {
            throw new DOMException('', 'SecurityError');
          },
        }),
      );
      await page.reload();
      await enter(door(page), 'secret');
      await isOpen(page);
    });
  });
});

describe('a peer with a token', limit, () => {
  it('is asked for in its own form, and alone is told it', async () => {
    alpha.token = 'of alpha';
    beta.token = 'of beta';
    beta.addObject(0, { behavior: 'pong' });
    await showAt('#token=of%20alpha', async (page) => {
      const form = card(page, 'beta').locator('form');
      await says(card(page, 'beta'), /asks for its token/);
      assert.match(await form.innerText(), new RegExp(`Token of beta at ${beta.http}`));
      assert.equal(await card(page, 'alpha').locator('form').count(), 0);
      await screenshot(page, 'token-peer');

      await enter(form, 'of alpha?');
      await says(form.locator('.wrong'), /not its token/);
      await screenshot(page, 'token-peer-wrong');
      await enter(form, 'of beta');
      await says(card(page, 'beta'), /events live/);
      assert.equal(await form.count(), 0);
      await page.locator('#objects-node').selectOption('beta');
      await says(page.locator('#objects'), /pong/);

      await page.reload();
      await says(card(page, 'beta'), /events live/);
    });
    assert.deepEqual(tokensAt(alpha), ['Bearer of alpha']);
    assert.deepEqual(tokensAt(beta), ['Bearer of alpha?', 'Bearer of beta']);
    assert.ok(beta.requests.some(({ method }) => method === 'OPTIONS'));
  });

  it('keeps what is being typed', async () => {
    beta.token = 'of beta';
    await show(async (page) => {
      const input = card(page, 'beta').locator('input');
      await input.pressSequentially('of ');
      const { length } = beta.requests;
      await eventually(async () => assert.ok(beta.requests.length > length + 2));
      await input.pressSequentially('beta');
      await input.press('Enter');
      await says(card(page, 'beta'), /events live/);
    });
    assert.deepEqual(tokensAt(beta), ['Bearer of beta']);
  });

  it('is not told it at an address that it tells later', async () => {
    beta.token = 'of beta';
    const gamma = await new FakeNode({ name: 'beta', prefix: 9003, page: folderOfPage }).start();
    gamma.token = 'of gamma';
    gamma.peers.push({ node: alpha, connected: true, requests_out: 0, requests_in: 0 });
    try {
      await withPage([alpha, beta, gamma], {}, async (page) => {
        await enter(card(page, 'beta').locator('form'), 'of beta');
        await says(card(page, 'beta'), /events live/);
        alpha.peers[0].node = gamma;
        await says(card(page, 'beta').locator('form'), new RegExp(gamma.http));
        await enter(card(page, 'beta').locator('form'), 'of gamma');
        await says(card(page, 'beta'), /events live/);
      });
    } finally {
      await gamma.stop();
    }
    assert.deepEqual(tokensAt(beta), ['Bearer of beta']);
    assert.deepEqual(tokensAt(gamma), ['Bearer of gamma']);
  });
});
