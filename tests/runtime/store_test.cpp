#include "runtime/store.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace avm;

namespace {

const Code some_behavior{.name = Val::str("cell"), .kind = FunctionKind::Behavior};

void put(Store& store, std::uint64_t id, std::uint64_t state, Place place = home_place) {
  store.change({{id}, place}, [&](ObjectData& data, Version) {
    data.behavior = &some_behavior;
    data.state = Val::nat(state);
  });
}

void remove(Store& store, std::uint64_t id, Place place = home_place) {
  store.change({{id}, place}, [](ObjectData& data, Version) { data = ObjectData(); });
}

/// The state, or -1 where there is no object.
std::int64_t state_of(const ObjectData* data) {
  if (data == nullptr || !data->exists()) return -1;
  return static_cast<std::int64_t>(data->state.as_nat());
}
std::int64_t now(const Store& store, std::uint64_t id) { return state_of(store.find({{id}})); }
std::int64_t at(const Store& store, std::uint64_t id, Version snapshot) {
  return state_of(store.find({{id}}, snapshot));
}

std::vector<std::uint64_t> numbers(const Store::Vector<ObjectId>& ids) {
  std::vector<std::uint64_t> result;
  for (const ObjectId id : ids)
    result.push_back(id.number);
  return result;
}

}  // namespace

TEST_CASE("A snapshot sees what was, as long as it is held") {
  Store store;
  put(store, 1, 10);
  const Version first = store.take_snapshot();
  put(store, 1, 11);
  put(store, 2, 20);
  const Version second = store.take_snapshot();
  remove(store, 1);
  put(store, 2, 21);
  put(store, 2, 22);

  CHECK(at(store, 1, first) == 10);
  CHECK(at(store, 2, first) == -1);
  CHECK(at(store, 1, second) == 11);
  CHECK(at(store, 2, second) == 20);
  CHECK(now(store, 1) == -1);
  CHECK(now(store, 2) == 22);
  CHECK(numbers(store.ids()) == std::vector<std::uint64_t>{2});
  CHECK(numbers(store.ids(first)) == std::vector<std::uint64_t>{1});
  CHECK(numbers(store.ids(second)) == std::vector<std::uint64_t>{1, 2});

  store.release_snapshot(first);
  CHECK(at(store, 1, second) == 11);
  store.release_snapshot(second);
  CHECK_FALSE(store.has_snapshots());
  CHECK(now(store, 2) == 22);
}

TEST_CASE("A snapshot can be held more than once") {
  Store store;
  put(store, 1, 10);
  const Version snapshot = store.take_snapshot();
  CHECK(store.take_snapshot() == snapshot);
  put(store, 1, 11);
  store.release_snapshot(snapshot);
  CHECK(at(store, 1, snapshot) == 10);
  store.release_snapshot(snapshot);
  CHECK_FALSE(store.has_snapshots());
}

TEST_CASE("What changed since a snapshot is known until it is released") {
  Store store;
  put(store, 1, 10);
  put(store, 2, 20);
  const Version snapshot = store.take_snapshot();
  remove(store, 1);
  put(store, 3, 30);
  remove(store, 3);
  // Far away, so that its page has nothing else in it.
  put(store, 100'000, 1);
  remove(store, 100'000);
  put(store, 200'000, 1);
  CHECK(store.changed_at({{1}}) > snapshot);
  CHECK(store.changed_at({{2}}) <= snapshot);
  CHECK(store.changed_at({{3}}) > snapshot);
  CHECK(store.changed_at({{100'000}}) > snapshot);
  CHECK(store.changed_at({{300'000}}) == 0);
  store.release_snapshot(snapshot);
}

TEST_CASE("A commit of many slots is one version") {
  Store store;
  struct Item {
    SlotKey key;
    std::uint64_t state;
  };
  const std::vector<Item> items{{{{1}}, 10}, {{{70'000}}, 20}, {{{1}, 3}, 30}};
  const Version before = store.version();
  store.commit(items, [](const Item& item, ObjectData& data, Version version) {
    data.behavior = &some_behavior;
    data.state = Val::nat(item.state);
    data.written_at = version;
  });
  CHECK(store.version() == before + 1);
  for (const Item& item : items) {
    CHECK(state_of(store.find(item.key)) == static_cast<std::int64_t>(item.state));
    CHECK(store.changed_at(item.key) == store.version());
  }
  CHECK(store.object_count() == 2);
  CHECK(store.has_replicas());
}

TEST_CASE("Replicas are found, and do not count as objects") {
  Store store;
  put(store, 5, 1);
  put(store, 5, 2, 1);
  put(store, 5, 3, 4);
  put(store, 6, 9, 4);
  std::vector<Place> places;
  store.for_each_replica({5}, [&](SlotKey key, const ObjectData&) { places.push_back(key.place); });
  CHECK(places == std::vector<Place>{1, 4});
  CHECK(store.object_count() == 1);
  CHECK(numbers(store.ids()) == std::vector<std::uint64_t>{5});
  remove(store, 5, 1);
  remove(store, 5, 4);
  remove(store, 6, 4);
  CHECK_FALSE(store.has_replicas());
}

TEST_CASE("Older contents are kept only while a snapshot sees them") {
  Store store;
  const auto long_state = [&](std::uint64_t id) {
    Val state = Val::str(std::string(10'000, 'x'));
    store.change({{id}}, [&](ObjectData& data, Version) {
      data.behavior = &some_behavior;
      data.state = std::move(state);
    });
  };
  long_state(1);
  const auto one = heap::bytes_in_use();

  SECTION("without snapshots") {
    for (int i = 0; i < 100; ++i)
      long_state(1);
    CHECK(heap::bytes_in_use() == one);
  }
  SECTION("with an old one, each further content goes at once") {
    const Version snapshot = store.take_snapshot();
    for (int i = 0; i < 100; ++i)
      long_state(1);
    CHECK(heap::bytes_in_use() < one + 15'000);
    store.release_snapshot(snapshot);
    CHECK(heap::bytes_in_use() < one + 1'000);
  }
  SECTION("what newer ones alone saw goes with them, though an older one stays") {
    const Version oldest = store.take_snapshot();
    for (int i = 0; i < 100; ++i) {
      long_state(1);
      const Version snapshot = store.take_snapshot();
      long_state(1);
      store.release_snapshot(snapshot);
    }
    CHECK(heap::bytes_in_use() < one + 15'000);
    store.release_snapshot(oldest);
    CHECK(heap::bytes_in_use() < one + 1'000);
  }
  SECTION("snapshots that end in any order") {
    std::vector<Version> snapshots;
    for (int i = 0; i < 20; ++i) {
      snapshots.push_back(store.take_snapshot());
      long_state(1);
      long_state(2);
    }
    for (std::size_t i = 0; i < 20; ++i) {
      const Version snapshot = snapshots[(i * 7) % 20];
      store.release_snapshot(snapshot);
    }
    CHECK(heap::bytes_in_use() < one + 13'000);
  }
}

TEST_CASE("Objects that come and go leave nothing behind") {
  Store store;
  put(store, 0, 0);
  const auto few = heap::bytes_in_use();
  std::uint64_t id = 1;
  SECTION("one at a time") {
    for (; id < 20'000; ++id) {
      put(store, id, id);
      remove(store, id);
    }
  }
  SECTION("while snapshots come and go") {
    for (; id < 20'000; ++id) {
      const Version snapshot = store.take_snapshot();
      put(store, id, id);
      const Version second = store.take_snapshot();
      remove(store, id);
      store.release_snapshot(snapshot);
      store.release_snapshot(second);
    }
  }
  SECTION("while one snapshot sees them all go") {
    for (std::uint64_t i = 1; i < 5'000; ++i)
      put(store, i, i);
    const Version snapshot = store.take_snapshot();
    for (; id < 5'000; ++id)
      remove(store, id);
    CHECK(at(store, 4'999, snapshot) == 4'999);
    store.release_snapshot(snapshot);
  }
  SECTION("replicas too") {
    for (; id < 5'000; ++id) {
      put(store, id * 1000, id, 2);
      remove(store, id * 1000, 2);
    }
  }
  SECTION("messages for ids far apart") {
    for (; id < 5'000; ++id) {
      const SlotKey key{{id * 1000}};
      store.change(key, [](ObjectData& data, Version) { data.extras.own().mailbox.push({}); });
      store.change(key, [](ObjectData& data, Version) { data.extras.own().mailbox.pop(); });
    }
  }
  // The page of the youngest object and the index of pages stay.
  CHECK(heap::bytes_in_use() < few + 100'000);
  CHECK(now(store, 0) == 0);
  CHECK(store.object_count() == 1);
}

TEST_CASE("A change that finds no memory changes nothing") {
  Store store;
  put(store, 1, 10);
  put(store, 2, 20);
  const Version snapshot = store.take_snapshot();
  struct Item {
    SlotKey key;
  };
  const std::vector<Item> items{{{{1}}}, {{{2}}}, {{{90'000}}}};
  const auto commit = [&] {
    store.commit(items, [](const Item&, ObjectData& data, Version) {
      data.behavior = &some_behavior;
      data.state = Val::nat(99);
    });
  };
  const Version before = store.version();
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 16) {
    try {
      const heap::HeapLimit limit(heap::bytes_in_use() + spare);
      commit();
      break;
    } catch (const std::bad_alloc&) {
      ++failures;
      if (store.version() != before || now(store, 1) != 10 || now(store, 2) != 20 ||
          now(store, 90'000) != -1 || at(store, 1, snapshot) != 10) {
        FAIL("changed");
      }
    }
  }
  CHECK(failures > 0);
  CHECK(now(store, 2) == 99);
  CHECK(at(store, 1, snapshot) == 10);
  CHECK(at(store, 2, snapshot) == 20);
  put(store, 1, 100);
  CHECK(at(store, 1, snapshot) == 10);
  store.release_snapshot(snapshot);
}

// Memory that a store takes for a commit which then does not come would be gone for as long as nothing else
// changes there.
TEST_CASE("A change that finds no memory takes none") {
  Store store;
  store.keep_changes();
  put(store, 1, 10);
  put(store, 5, 50, 3);
  const bool has_snapshot = GENERATE(false, true);
  const Version snapshot = has_snapshot ? store.take_snapshot() : 0;
  store.take_changes();
  struct Item {
    SlotKey key;
  };
  // An object that is there, one whose page is not, a replica whose page is not.
  const std::vector<Item> items{{{{1}}}, {{{90'000}}}, {{{90'000}, 2}}};
  const auto assign = [](ObjectData& data) {
    data.behavior = &some_behavior;
    data.state = Val::nat(99);
  };
  const std::string how = GENERATE("as one", "one by one");
  CAPTURE(has_snapshot, how);
  std::size_t done = 0;  // of the single changes
  const auto change = [&] {
    if (how == "as one") {
      store.commit(items, [&](const Item&, ObjectData& data, Version) { assign(data); });
      return;
    }
    for (; done < items.size(); ++done)
      store.change(items[done].key, [&](ObjectData& data, Version) { assign(data); });
  };
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 16) {
    const std::size_t done_before = done;
    const std::size_t before = heap::bytes_in_use();
    try {
      const heap::HeapLimit limit(before + spare);
      change();
      break;
    } catch (const std::bad_alloc&) {
      ++failures;
    }
    if (done != done_before) continue;
    if (spare > 1'000'000) FAIL("no limit is enough");
    // The room for what is noted stays, until it is taken.
    if (!store.take_changes().empty()) FAIL("what did not happen is noted");
    if (heap::bytes_in_use() > before)
      FAIL(heap::bytes_in_use() - before << " bytes are gone, of " << spare);
  }
  CHECK(failures > 0);
  CHECK(now(store, 90'000) == 99);
  CHECK(state_of(store.find({{90'000}, 2})) == 99);
  if (has_snapshot) {
    CHECK(at(store, 1, snapshot) == 10);
    CHECK(at(store, 90'000, snapshot) == -1);
    store.release_snapshot(snapshot);
  }
}

// ─── what came and went ─────────────────────────────────────────────────────────────────────────

TEST_CASE("What comes and goes is noted, in order, from when that is asked for") {
  Store store;
  put(store, 1, 10);
  CHECK(store.take_changes().empty());
  store.keep_changes();
  CHECK(store.take_changes().empty());
  put(store, 1, 11);  // it was there already
  put(store, 3, 30);
  put(store, 2, 20);
  put(store, 2, 21);
  remove(store, 1);
  remove(store, 3);
  put(store, 3, 31);
  CHECK(numbers(store.take_changes()) == std::vector<std::uint64_t>{3, 2, 1, 3, 3});
  CHECK(store.take_changes().empty());
  remove(store, 2);
  CHECK(numbers(store.take_changes()) == std::vector<std::uint64_t>{2});
}

TEST_CASE("Neither replicas nor messages for the unborn are noted") {
  Store store;
  store.keep_changes();
  put(store, 1, 10, 1);
  put(store, 1, 11, 2);
  remove(store, 1, 2);
  store.change({{7}}, [](ObjectData& data, Version) { data.extras.own().mailbox.push({}); });
  CHECK(store.take_changes().empty());
  store.change({{7}}, [](ObjectData& data, Version) { data.behavior = &some_behavior; });
  CHECK(numbers(store.take_changes()) == std::vector<std::uint64_t>{7});
}

TEST_CASE("A commit notes what it makes and what it ends, each once") {
  Store store;
  store.keep_changes();
  put(store, 1, 10);
  put(store, 2, 20);
  store.take_changes();
  struct Item {
    SlotKey key;
    bool exists;
  };
  const std::vector<Item> items{
      {{{70'000}}, true}, {{{1}}, false}, {{{2}}, true}, {{{1}, 2}, true}, {{{8}}, false}};
  store.commit(items, [](const Item& item, ObjectData& data, Version) {
    data = ObjectData{.behavior = item.exists ? &some_behavior : nullptr};
  });
  CHECK(numbers(store.take_changes()) == std::vector<std::uint64_t>{70'000, 1});
}

TEST_CASE("Many changes that nobody asks for are all kept") {
  Store store;
  store.keep_changes();
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t id = 0; id < 3'000; ++id) {
    put(store, id, id);
    wanted.push_back(id);
    if (id % 3 != 0) continue;
    remove(store, id);
    wanted.push_back(id);
  }
  CHECK(numbers(store.take_changes()) == wanted);
}

TEST_CASE("An object is removed with its replicas, in one commit") {
  Store store;
  store.keep_changes();
  put(store, 5, 1);
  put(store, 5, 2, 1);
  put(store, 5, 3, 4);
  put(store, 6, 9, 4);
  const Version snapshot = store.take_snapshot();
  store.take_changes();
  const Version before = store.version();
  store.remove({5});
  CHECK(store.version() == before + 1);
  for (const Place place : {home_place, Place{1}, Place{4}}) {
    CHECK(state_of(store.find({{5}, place})) == -1);
    CHECK(store.changed_at({{5}, place}) == store.version());
  }
  CHECK(state_of(store.find({{6}, 4})) == 9);
  CHECK(store.object_count() == 0);
  CHECK(numbers(store.take_changes()) == std::vector<std::uint64_t>{5});
  CHECK(at(store, 5, snapshot) == 1);
  CHECK(state_of(store.find({{5}, 4}, snapshot)) == 3);
  store.release_snapshot(snapshot);
  CHECK(store.has_replicas());
  remove(store, 6, 4);
  CHECK_FALSE(store.has_replicas());
}

TEST_CASE("To remove what is not there takes its messages and nothing else") {
  Store store;
  store.keep_changes();
  put(store, 1, 10);
  store.change({{2}}, [](ObjectData& data, Version) { data.extras.own().mailbox.push({}); });
  store.take_changes();
  store.remove({2});
  store.remove({90'000});
  CHECK(store.find({{2}})->extras->mailbox.empty());
  CHECK(store.take_changes().empty());
  CHECK(store.object_count() == 1);
  CHECK(now(store, 1) == 10);
}

TEST_CASE("Removing that finds no memory removes nothing") {
  Store store;
  store.keep_changes();
  put(store, 5, 1);
  put(store, 5, 2, 1);
  put(store, 5, 3, 4);
  store.take_changes();
  const Version snapshot = store.take_snapshot();
  const Version before = store.version();
  unsigned failures = 0;
  for (std::size_t spare = 0;; spare += 8) {
    const std::size_t used = heap::bytes_in_use();
    try {
      const heap::HeapLimit limit(used + spare);
      store.remove({5});
      break;
    } catch (const std::bad_alloc&) {
      ++failures;
    }
    if (!store.take_changes().empty()) FAIL("what did not happen is noted");
    if (store.version() != before || now(store, 5) != 1 || state_of(store.find({{5}, 1})) != 2 ||
        state_of(store.find({{5}, 4})) != 3 || store.object_count() != 1) {
      FAIL("changed");
    }
    if (heap::bytes_in_use() != used) FAIL(heap::bytes_in_use() - used << " bytes are gone");
  }
  CHECK(failures > 0);
  CHECK(numbers(store.take_changes()) == std::vector<std::uint64_t>{5});
  CHECK(at(store, 5, snapshot) == 1);
  CHECK(state_of(store.find({{5}, 4}, snapshot)) == 3);
  CHECK(store.object_count() == 0);
  store.release_snapshot(snapshot);
  CHECK_FALSE(store.has_replicas());
}

// ─── mailboxes ──────────────────────────────────────────────────────────────────────────────────

namespace {

std::vector<std::uint64_t> contents(const Mailbox& mailbox) {
  std::vector<std::uint64_t> result;
  for (const Message& message : mailbox.messages())
    result.push_back(message.value.as_nat());
  return result;
}

Message message(std::uint64_t number) { return {Val::nothing(), Val::nat(number)}; }

}  // namespace

TEST_CASE("Copies of a mailbox go their own ways") {
  Mailbox first;
  first.push(message(1));
  first.push(message(2));
  Mailbox second = first;
  second.pop();
  first.push(message(3));
  CHECK(contents(first) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(contents(second) == std::vector<std::uint64_t>{2});
  second.push(message(4));
  CHECK(contents(first) == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(contents(second) == std::vector<std::uint64_t>{2, 4});
  second.pop();
  second.pop();
  CHECK(second.empty());
  second.push(message(5));
  CHECK(contents(second) == std::vector<std::uint64_t>{5});
}

TEST_CASE("A mailbox that is used as a queue for long stays small") {
  Mailbox mailbox;
  std::uint64_t next_in = 0;
  std::uint64_t next_out = 0;
  const auto before = heap::bytes_in_use();
  for (int i = 0; i < 100; ++i)
    mailbox.push(message(next_in++));
  bool in_order = true;
  for (int i = 0; i < 100'000; ++i) {
    mailbox.push(message(next_in++));
    in_order &= mailbox.front().value.as_nat() == next_out++;
    mailbox.pop();
  }
  CHECK(in_order);
  CHECK(mailbox.messages().size() == 100);
  CHECK(heap::bytes_in_use() < before + 20'000);
}
