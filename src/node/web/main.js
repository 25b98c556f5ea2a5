// The page of a node: puts its parts together.
import { layBars } from './bars.js';
import { Chart } from './chart.js';
import { ClusterView } from './cluster.js';
import { DetailView } from './detail.js';
import { element, number, say, settled } from './dom.js';
import { sample } from './figures.js';
import { Filter, placesOf } from './filter.js';
import { FollowedNodes } from './followed.js';
import { Intake } from './intake.js';
import { kinds } from './kinds.js';
import { Lifelines } from './lifelines.js';
import { Names } from './names.js';
import { ObjectsView } from './objects.js';
import { Recorder } from './recorder.js';
import { layRows } from './rows.js';
import { TokenForm } from './token_form.js';

const at = (id) => document.getElementById(id);

const recorder = new Recorder();
const filter = new Filter();
const lifelines = new Lifelines();
let selected = null;
let objectCount = null;

// All that changes is drawn in the next frame, once.
let isFrameWanted = false;
let isContentStale = true;
let lastFrame = performance.now();
let lastFilter = filter.state;

function wantFrame() {
  if (isFrameWanted) return;
  isFrameWanted = true;
  requestAnimationFrame(frame);
}

function wantContent() {
  isContentStale = true;
  wantFrame();
}

const intake = new Intake(wantFrame);
const nodes = new FollowedNodes({
  onEvents: (machine, events) => intake.put(machine, events),
  onRestart: (machine) => {
    recorder.restarted(machine, Date.now());
    wantContent();
  },
  onChange: wantContent,
});
const names = new Names((machine) => nodes.apiOf(machine), wantFrame);
const cluster = new ClusterView(at('nodes'), (base, token) => nodes.giveToken(base, token));
const door = new TokenForm(`the node at ${location.host}`, (token) => nodes.giveToken('', token));
const detail = new DetailView(at('detail'), select);
const chart = new Chart(
  { chart: at('chart'), heads: at('heads'), plot: at('plot') },
  {
    labelOf,
    isPicked: (place) => filter.isPicked(place),
    onSelect: select,
    onPick: pick,
    onMove: wantFrame,
    onResize: wantContent,
  },
);
const objects = new ObjectsView(
  {
    node: at('objects-node'),
    filter: at('objects-filter'),
    body: at('objects'),
    empty: at('objects-empty'),
    page: at('objects-page'),
    previous: at('objects-previous'),
    next: at('objects-next'),
  },
  { onPick: pick, onObjects: learn },
);

function learn(machine, told, total) {
  if (machine === nodes.self?.machine) objectCount = total;
  for (const object of told) names.learn(object);
  wantContent();
}

function labelOf({ machine, object, shared }) {
  if (shared > 0) return { title: `${number(shared)} objects`, subtitle: 'share this line' };
  if (object === null) return { title: machine, subtitle: 'node' };
  return {
    title: names.of(machine, object) || recorder.sequence.behaviorOf(object) || 'object',
    subtitle: object,
  };
}

function select(item) {
  selected = item;
  if (item) detail.showItem(item);
  else detail.showNothing();
  wantFrame();
}

/** Shows only the messages of a place, or all again. `object`: what is known of it, from the table. */
function pick(place, object = null) {
  filter.picked = filter.isPicked(place) ? null : place;
  objects.setPicked(filter.picked?.object ?? null);
  if (object && filter.picked) {
    selected = null;
    detail.showObject(place.machine, object);
  }
  wantContent();
}

function frame(now) {
  isFrameWanted = false;
  const batches = intake.take();
  recorder.take(batches, Date.now(), now - lastFrame);
  lastFrame = now;
  if (isContentStale || (batches.length > 0 && !recorder.isPaused)) layContent();
  chart.setSelected(selected);
  chart.draw();
  if (selected) detail.showItem(selected);
  sayProgress();
}

function layContent() {
  isContentStale = false;
  const points = recorder.sequence.points();
  const { shown, rows } = layRows(points, (item) => filter.passes(item));
  if (filter.state !== lastFilter) lifelines.clear();
  lastFilter = filter.state;
  const places = shown.flatMap(({ item }) => placesOf(item));
  lifelines.update(places, nodes.machines, chart.mostLifelines(nodes.machines.length));
  chart.setContent({ shown, rows, bars: layBars(shown), lifelines });

  const { self, trouble } = nodes;
  cluster.show(nodes.all.map((node) => (node.isSelf ? { ...node, objects: objectCount } : node)));
  objects.setNodes(nodes.reachable);
  if (self) {
    say(at('title'), self.machine);
    document.title = `${self.machine} · AVM node`;
  }
  showDoor();
  showConnection(trouble && `${self?.machine ?? 'the node'}: ${trouble}`, nodes.properAddress);
  showEmpty(points.length, shown.length);
}

/** Where this page's node wants its token. Before it has had it there is nothing else to show. */
function showDoor() {
  const isShut = nodes.lock !== null;
  const isNew = isShut && at('door').hidden;
  at('door').hidden = !isShut;
  at('parts').hidden = isShut && nodes.self === null;
  if (isShut) door.show(nodes.lock);
  if (isNew && at('parts').hidden) door.focus();
}

function showConnection(trouble, properAddress) {
  const root = at('connection');
  const said = JSON.stringify([trouble, properAddress]);
  if (root.dataset.said === said) return;
  root.dataset.said = said;
  root.dataset.state = trouble ? 'bad' : 'good';
  if (trouble || !properAddress) root.replaceChildren(trouble ?? '');
  else
    root.replaceChildren(
      'To hear peers too, open ',
      element('a', { href: properAddress, text: properAddress }),
    );
}

/** Where the chart has nothing to show: why, and what to do. */
function showEmpty(kept, shown) {
  const empty = at('empty');
  empty.hidden = shown > 0;
  if (shown > 0) return;
  const isFiltered = kept > 0 && filter.isOn;
  const state = isFiltered ? 'filtered' : recorder.isPaused ? 'paused' : exampleCall();
  if (empty.dataset.state === state) return;
  empty.dataset.state = state;
  if (isFiltered) {
    empty.replaceChildren(
      element('p', { text: 'None of the events that are kept is shown.' }),
      element('button', { type: 'button', text: 'Show all', click: showAll }),
    );
  } else if (recorder.isPaused) {
    empty.replaceChildren(element('p', { text: 'Paused. Events that come are shown on Resume.' }));
  } else {
    empty.replaceChildren(
      element('p', {
        text: 'Nothing has happened yet. Call an object, and its messages show here:',
      }),
      element('pre', { text: exampleCall() }),
    );
  }
}

/** To be copied into a shell: nothing goes in that has a meaning there. */
function exampleCall() {
  const id = objects.first?.id ?? '';
  const target = /^obj:[\d.]+$/.test(id) ? id : '@NAME';
  const token = nodes.hasToken ? ' --token FILE' : '';
  return `avm-ctl --node ${location.host}${token} call ${target} 1`;
}

function showAll() {
  filter.reset();
  at('find').value = '';
  for (const box of at('kinds').querySelectorAll('input')) box.checked = true;
  objects.setPicked(null);
  wantContent();
}

function sayProgress() {
  const { sequence, every, seen, skipped, isPaused, held } = recorder;
  const newest = sequence.isFull ? 'the newest ' : '';
  const parts = [`${number(seen)} events`, `${newest}${number(sequence.kept)} kept`];
  if (isPaused) parts.push(`${number(held)} new since the pause`);
  if (skipped > 0) parts.push(`${number(skipped)} skipped by the nodes`);
  say(at('progress'), parts.join(' · '));
  const notices = [];
  if (isPaused) notices.push('paused');
  if (every > 1) notices.push(`showing 1 in ${number(every)}`);
  say(at('notices'), notices.join(' · '));
  at('newest').hidden = chart.isAtEnd;
}

function setPaused(isPaused) {
  if (isPaused) recorder.pause();
  else recorder.resume();
  at('pause').setAttribute('aria-pressed', String(isPaused));
  say(at('pause'), isPaused ? 'Resume' : 'Pause');
  wantContent();
}

at('pause').addEventListener('click', () => setPaused(!recorder.isPaused));
at('clear').addEventListener('click', () => {
  recorder.clear();
  lifelines.clear();
  select(null);
  wantContent();
});
at('newest').addEventListener('click', () => chart.goToEnd());
at('find').addEventListener(
  'input',
  settled(150, () => {
    filter.setText(at('find').value);
    wantContent();
  }),
);
for (const { id, label } of kinds) {
  const box = element('input', {
    type: 'checkbox',
    checked: true,
    change: () => {
      filter.setKind(id, box.checked);
      wantContent();
    },
  });
  at('kinds').append(element('label', { class: `kind ${id}` }, box, sample(id), label));
}
at('door').append(door.root);
nodes.start();
wantFrame();
