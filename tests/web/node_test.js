// The page of two real nodes: the demo, and a node that goes and comes back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import {
  closeBrowser,
  event,
  eventsOf,
  eventually,
  openBrowser,
  screenshot,
  seesEvents,
  withPage,
} from './browser.js';
import { demoEvents } from './demo.js';

const limit = { timeout: 400_000 };
const rounds = 5;

before(openBrowser);
after(closeBrowser);

/** A node in a process of its own, with the ports that it says it listens on. */
class RealNode {
  #process;
  #lines = [];

  constructor(...options) {
    this.#process = spawn(process.env.AVM_NODE, [...options, '--demo'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    createInterface(this.#process.stderr).on('line', (line) => this.#lines.push(line));
  }

  async started() {
    this.port = await this.#portFor('peers');
    this.http = `127.0.0.1:${await this.#portFor('http')}`;
    this.url = `http://${this.http}/`;
    return this;
  }

  /** Ends it as a power cut would. */
  async kill() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }

  #portFor(whom) {
    return eventually(() => {
      const said = this.#lines.join('\n');
      assert.equal(this.#process.exitCode, null, said);
      const found = new RegExp(`listening on 127\\.0\\.0\\.1:(\\d+) for ${whom}`).exec(said);
      assert.ok(found, said);
      return found[1];
    });
  }
}

const startBeta = (...options) =>
  new RealNode('--name', 'beta', '--node-id', '9002', ...options).started();

const startAlpha = (beta, ...options) =>
  new RealNode(
    ...['--name', 'alpha', '--node-id', '9001', '--port', '0', '--http', '0'],
    ...['--peer', `beta=127.0.0.1:${beta.port}`, '--rounds', String(rounds), '--stay'],
    ...options,
  ).started();

/** `options`: more of them, of each node. */
async function withDemo(act, options = { alpha: [], beta: [] }) {
  const nodes = {};
  try {
    nodes.beta = await startBeta('--port', '0', '--http', '0', ...options.beta);
    nodes.alpha = await startAlpha(nodes.beta, ...options.alpha);
    await act(nodes);
  } finally {
    await nodes.alpha?.kill();
    await nodes.beta?.kill();
  }
}

describe('two nodes', limit, () => {
  it('show the demo, each on its page', () =>
    withDemo(async ({ alpha, beta }) => {
      for (const nodes of [
        [alpha, beta],
        [beta, alpha],
      ]) {
        await withPage(nodes, {}, async (page) => {
          await seesEvents(page, demoEvents(rounds));
          await page.locator('#plot .call').first().click();
          await eventually(async () =>
            assert.match(
              await page.locator('#detail').innerText(),
              /As alpha tells it[^]*As beta tells it/,
            ),
          );
          await screenshot(page, nodes[0] === alpha ? 'real-alpha' : 'real-beta');
        });
      }
    }));

  it('show calls of clients, a peer that is gone, and one that is back', () =>
    withDemo(async ({ alpha, beta }) => {
      const nodes = [alpha, beta];
      await withPage(nodes, {}, async (page) => {
        await seesEvents(page, demoEvents(rounds));
        const input = '["Pong", 1, 1, @pong]';
        const told = '["Pong", 1, 1, obj:9002.0]';
        const call = () =>
          fetch(`${alpha.url}call`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ target: '@pong', input }),
          });
        assert.deepEqual((await (await call()).json()).value.text, 'just ["done", 1]');
        const answered = 'Answer from obj:9002.0 on beta to node alpha: ["done", 1]';
        await eventually(async () =>
          assert.deepEqual(
            (await eventsOf(page)).filter((text) => text.includes('node alpha')),
            [`Call from node alpha to obj:9002.0 on beta: ${told}`, answered],
          ),
        );
        await event(page, answered).click();

        await beta.kill();
        const card = page.locator('#nodes li', { hasText: 'beta' });
        await eventually(async () =>
          assert.match(await card.innerText(), /not connected[^]*trying again/),
        );
        await startBeta('--port', beta.port, '--http', new URL(beta.url).port).then((node) => {
          beta.kill = () => node.kill();
        });
        await eventually(async () =>
          assert.match(await card.innerText(), /\bconnected[^]*events live/),
        );
        await eventually(async () =>
          assert.ok((await eventsOf(page)).includes('node beta: started again')),
        );
        await eventually(async () => assert.equal((await call()).status, 200));
        await eventually(async () =>
          assert.equal(
            (await eventsOf(page)).at(-2),
            `Call from node alpha to obj:9002.0 on beta: ${told}`,
          ),
        );
        await screenshot(page, 'real-again');
      });
    }));

  it('with a token each show the demo to whom has both', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'avm-token-'));
    const options = {};
    const tokens = { alpha: 'the token of älpha: 100% + 1', beta: 'the token of beta' };
    try {
      for (const [name, token] of Object.entries(tokens)) {
        await writeFile(join(folder, name), `${token}\n`);
        options[name] = ['--http-token', join(folder, name)];
      }
      await withDemo(async ({ alpha, beta }) => {
        assert.equal((await fetch(`${alpha.url}peers`)).status, 401);
        const url = `${alpha.url}#token=${encodeURIComponent(tokens.alpha)}`;
        await withPage([{ http: alpha.http, url }, alpha, beta], {}, async (page) => {
          const card = page.locator('#nodes li', { hasText: 'beta' });
          await card.locator('input').fill(tokens.beta);
          await card.locator('button').click();
          await seesEvents(page, demoEvents(rounds));
          assert.equal(page.url(), alpha.url);
        });
        await withPage([beta, alpha], {}, async (page) => {
          await page.locator('#door input').fill(tokens.beta);
          await page.locator('#door button').click();
          const card = page.locator('#nodes li', { hasText: 'alpha' });
          await card.locator('input').fill(tokens.alpha);
          await card.locator('button').click();
          await seesEvents(page, demoEvents(rounds));
        });
      }, options);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
