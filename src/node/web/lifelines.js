// The lifelines of the chart: one for each machine and object that something is drawn of, grouped
// by machine. Where a machine has too many, the busy ones have one each and the others share one.
import { placeOf } from './told.js';

export class Lifelines {
  #groups = new Map();
  #byKey = new Map();

  /** From left to right: {machine, lifelines: [{machine, object, key, shared, index}]}. */
  groups = [];

  /** How many there are. */
  count = 0;

  /** Of a place that `update` has been told of. */
  at(place) {
    return this.#byKey.get(place.key);
  }

  /**
   * Takes a place for each time that something is drawn of it, the machines in the order in which
   * they are to stand, and how many lifelines one machine may have. A lifeline stays where it is as
   * long as it is in use, and until its room is needed after that.
   */
  update(places, machines, most) {
    const used = new Map(machines.map((machine) => [machine, new Map()]));
    for (const place of places) {
      if (!used.has(place.machine)) used.set(place.machine, new Map());
      const uses = used.get(place.machine);
      const use = uses.get(place.key);
      if (use) use.count += 1;
      else uses.set(place.key, { place, count: 1 });
    }

    this.#byKey.clear();
    this.groups = [];
    this.count = 0;
    for (const machine of this.#groups.keys()) {
      if (!used.has(machine)) this.#groups.delete(machine);
    }
    for (const [machine, uses] of used) {
      const lifelines = this.#choose(machine, uses, most);
      if (lifelines.length === 0) continue;
      for (const lifeline of lifelines) lifeline.index = this.count++;
      this.groups.push({ machine, lifelines });
    }
  }

  clear() {
    this.#groups.clear();
  }

  #choose(machine, uses, most) {
    const group = this.#groups.get(machine) ?? new Map();
    this.#groups.set(machine, group);
    const chosen = uses.size <= most ? new Set(uses.keys()) : busiest(uses, group, most - 1);
    // Lifelines that nothing is drawn of any more.
    const isTight = uses.size > most;
    let room = most - chosen.size;
    for (const key of [...group.keys()].reverse()) {
      if (!chosen.has(key) && (isTight || room-- <= 0)) group.delete(key);
    }
    for (const key of chosen) {
      if (!group.has(key)) group.set(key, { ...uses.get(key).place, shared: 0 });
    }

    // The machine itself stands before its objects.
    const rank = ({ object }) => (object === null ? 0 : 1);
    const lifelines = [...group.values()].sort((a, b) => rank(a) - rank(b));
    for (const lifeline of lifelines) this.#byKey.set(lifeline.key, lifeline);
    if (isTight) {
      const shared = { ...placeOf(machine, null), shared: uses.size - chosen.size };
      for (const key of uses.keys()) {
        if (!chosen.has(key)) this.#byKey.set(key, shared);
      }
      lifelines.push(shared);
    }
    return lifelines;
  }
}

/**
 * Those, at most `most`, of which much is drawn: with thousands of equals, none. One that has a
 * lifeline already counts double, so that they do not change all the time. The machine itself is
 * always one.
 */
function busiest(uses, group, most) {
  const weights = [...uses].map(([key, { place, count }]) => {
    const weight = place.object === null ? Infinity : count * (group.has(key) ? 2 : 1);
    return { key, weight };
  });
  const total = [...uses.values()].reduce((sum, { count }) => sum + count, 0);
  return new Set(
    weights
      .filter(({ weight }) => weight * 50 >= total)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, most)
      .map(({ key }) => key),
  );
}
