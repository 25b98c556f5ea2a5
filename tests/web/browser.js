// A browser with the page of a node in it, and what tests look at there.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const folderOfPage = new URL('page', import.meta.url).pathname;

let browser;

/** Opens the browser for the tests of a file. */
export async function openBrowser() {
  // Chromium keeps root out of its sandbox.
  const args = process.getuid() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath: process.env.AVM_CHROMIUM, args });
}

export async function closeBrowser() {
  await browser?.close();
}

/**
 * Runs `act` with the page of the first of `nodes`. No script of it may fail, and it may ask
 * nothing of others than these. `expected`: what its console may say all the same.
 */
export async function withPage(nodes, { expected = /^$/, ...options }, act) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(error.stack));
  page.on('console', (message) => {
    // That a node is not there is what some tests are about.
    const text = message.text();
    const isExpected =
      /^Failed to load resource|blocked by CORS policy/.test(text) || expected.test(text);
    if (message.type() === 'error' && !isExpected) wrong.push(text);
  });
  page.on('request', (request) => {
    const { host } = new URL(request.url());
    if (!nodes.some(({ http }) => http === host)) wrong.push(`asks for ${request.url()}`);
  });
  try {
    await page.goto(nodes[0].url);
    await act(page);
    assert.deepEqual(wrong, []);
  } finally {
    await context.close();
  }
}

/** Waits until `check` no longer fails, and gives what it gives. */
export async function eventually(check) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The events that are drawn, from top to bottom, as they are told to those who cannot see them. */
export const eventsOf = (page) =>
  page
    .locator('#plot [role=option]')
    .evaluateAll((events) => events.map((event) => event.getAttribute('aria-label')));

/** Waits until these events are drawn. */
export const seesEvents = (page, expected) =>
  eventually(async () => assert.deepEqual(await eventsOf(page), expected));

export const event = (page, label) =>
  page.locator(`#plot [role=option][aria-label=${JSON.stringify(label)}]`);

export const head = (page, id) => page.locator('#heads button', { hasText: id });

/** The two next frames have been drawn. */
export const frames = (page) =>
  page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );

/** A picture for people, where they have said where to. */
export async function screenshot(page, name) {
  const folder = process.env.AVM_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await frames(page);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
