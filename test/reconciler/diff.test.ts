import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesOf, type DiffWorld, diffOf } from "../support/diff-world.ts";

describe("a package that the lock pins", () => {
  it.each<[string, DiffWorld, readonly string[]]>([
    ["is missing", { want: { a: { at: "1" } } }, ["install apt.a (lock)"]],
    ["is there", { want: { a: { at: "1" } }, have: { a: "1" } }, []],
    ["is older", { want: { a: { at: "2" } }, have: { a: "1" } }, ["upgrade apt.a (lock)"]],
    ["is newer: left alone", { want: { a: { at: "1" } }, have: { a: "2" } }, []],
    [
      "is newer, and going back was asked for",
      { want: { a: { at: "1" } }, have: { a: "2" }, allowDowngrades: true },
      ["downgrade apt.a (lock)"],
    ],
    [
      "left only its configuration",
      { want: { a: { at: "1" } }, have: { a: { at: "1", health: "residual" } } },
      ["install apt.a (lock)"],
    ],
    [
      "was left half done",
      { want: { a: { at: "1" } }, have: { a: { at: "1", health: "needs-repair" } } },
      ["reinstall apt.a (lock)"],
    ],
    [
      "cannot be read: nothing is concluded",
      { want: { a: { at: "1" } }, have: { a: { health: "unavailable", reason: "EIO" } } },
      [],
    ],
  ])("%s", (_, world, expected) => {
    expect(changesOf(world)).toEqual(expected);
  });

  it.each<[string, DiffWorld, readonly string[]]>([
    ["offers it", { want: { a: { at: "1", from: "x" } }, have: { a: { at: "1", origins: ["y", "x"] } } }, []],
    [
      "does not",
      { want: { a: { at: "1", from: "x" } }, have: { a: { at: "1", origins: ["y"] } } },
      ["reinstall apt.a (lock)"],
    ],
    ["was never looked up", { want: { a: { at: "1", from: "x" } }, have: { a: "1" } }, []],
    [
      "offered it when it was pinned",
      { want: { a: { from: "x", pin: { version: "1", from: "x" } } }, have: { a: { at: "1", origins: [] } } },
      [],
    ],
    [
      "does not, and nothing is pinned",
      { want: { a: { request: "*", from: "x" } }, have: { a: { at: "1", origins: ["y"] } } },
      ["upgrade apt.a (lock)"],
    ],
    [
      "is where omg took it from",
      {
        want: { a: { request: "*", from: "x" } },
        have: { a: { at: "1", origins: ["y"] } },
        cameFrom: { "apt.a=1": "x" },
      },
      [],
    ],
    [
      "is another one than last time",
      {
        want: { a: { request: "*", from: "x" } },
        have: { a: { at: "1", origins: ["y"] } },
        base: { wanted: { a: { request: "*", from: "y" } } },
      },
      ["upgrade apt.a (lock)"],
    ],
  ])("of which the demanded source %s", (_, world, expected) => {
    expect(changesOf(world)).toEqual(expected);
  });

  it("names what is ahead of its pin, and what could not be read", () => {
    expect(diffOf({ want: { a: { at: "1" } }, have: { a: "2" } }).ahead).toEqual([
      { address: "apt.a", installed: "2", pinned: "1" },
    ]);
    expect(
      diffOf({ want: { a: { at: "1" } }, have: { a: { health: "unavailable", reason: "EIO" } } }).unreadable,
    ).toEqual([{ address: "apt.a", reason: "EIO" }]);
  });
});

describe("a request without a pin", () => {
  it("is satisfied by any version that answers it, and named as unpinned", () => {
    const diff = diffOf({ want: { a: { request: "*" } }, have: { a: "7" } });
    expect(diff.changes).toEqual([]);
    expect(diff.unpinned).toEqual(["apt.a"]);
  });

  it("leaves the version to the solver", () => {
    const [change] = diffOf({ want: { a: { request: "3" } }, have: { a: "2" } }).changes;
    expect(change).toMatchObject({ kind: "upgrade", request: "3" });
    expect(change?.after).not.toHaveProperty("version");
  });
});

describe("absent and purged", () => {
  it.each<[string, DiffWorld, readonly string[]]>([
    ["absent, and there", { want: { a: { presence: "absent" } }, have: { a: "1" } }, ["remove apt.a (lock)"]],
    [
      "absent, and only configuration left",
      { want: { a: { presence: "absent" } }, have: { a: { health: "residual" } } },
      [],
    ],
    [
      "purged, and only configuration left",
      { want: { a: { presence: "purged" } }, have: { a: { health: "residual" } } },
      ["purge apt.a (lock)"],
    ],
    ["purged, and never there", { want: { a: { presence: "purged" } } }, []],
  ])("%s", (_, world, expected) => {
    expect(changesOf(world)).toEqual(expected);
  });
});

describe("drift and roll-forward", () => {
  const base = { wanted: { a: { at: "1" } }, owned: { a: { version: "1" } } };

  it("calls it drift when the machine moved", () => {
    expect(changesOf({ base, want: { a: { at: "1" } } })).toEqual(["install apt.a (drift)"]);
    expect(diffOf({ base, want: { a: { at: "1" } } }).drift).toEqual([
      { address: "apt.a", before: { version: "1" }, after: null },
    ]);
  });

  it("calls it the lock when the lock moved", () => {
    expect(changesOf({ base, want: { a: { at: "2" } }, have: { a: "1" } })).toEqual(["upgrade apt.a (lock)"]);
    expect(diffOf({ base, want: { a: { at: "2" } }, have: { a: "1" } }).drift).toEqual([]);
  });

  it("has no drift on the first run", () => {
    expect(diffOf({ want: { a: { at: "1" } } }).drift).toEqual([]);
  });
});

describe("ownership", () => {
  it("removes what left the lock only when omg owns it", () => {
    expect(changesOf({ base: { owned: { a: {} } }, have: { a: "1", b: "1" } })).toEqual(["remove apt.a (left)"]);
    expect(changesOf({ have: { a: "1", b: "1" } })).toEqual([]);
  });

  it("removes it only where nothing else needs it", () => {
    expect(diffOf({ base: { owned: { a: {} } }, have: { a: "1" } }).changes[0]?.onlyIfUnneeded).toBe(true);
  });

  it("leaves a dependency that nobody named until what was named leaves, or its pin", () => {
    const owned = { app: { auto: false }, lib: { auto: true } };
    const have = { app: "1", lib: { attributes: { version: "1", auto: true } } };
    expect(
      changesOf({ want: { app: { request: "*" } }, have, base: { owned, wanted: { app: { request: "*" } } } }),
    ).toEqual([]);
    expect(changesOf({ have, base: { owned } })).toEqual(["remove apt.app (left)", "remove apt.lib (left)"]);
    expect(
      changesOf({ want: { app: { at: "1" } }, have, base: { owned, wanted: { app: { at: "1" }, lib: { at: "1" } } } }),
    ).toEqual(["remove apt.lib (left)"]);
  });

  it("flips marks only on what omg owns", () => {
    const want = { a: { at: "1", marks: { auto: true } } };
    expect(changesOf({ want, have: { a: "1" } })).toEqual([]);
    expect(changesOf({ want, have: { a: "1" }, base: { owned: { a: { auto: true } }, wanted: want } })).toEqual([
      "modify apt.a (drift)",
    ]);
  });

  it("sets a hold that is asked for, takes back its own, and leaves a foreign one", () => {
    expect(changesOf({ want: { a: { at: "1", attributes: { hold: true } } }, have: { a: "1" } })).toEqual([
      "modify apt.a (lock)",
    ]);
    expect(
      changesOf({
        want: { a: { at: "1" } },
        have: { a: { attributes: { version: "1", hold: true } } },
        base: { wanted: { a: { at: "1", attributes: { hold: true } } } },
      }),
    ).toEqual(["modify apt.a (lock)"]);
    expect(
      changesOf({
        want: { a: { at: "1" } },
        have: { a: { attributes: { version: "1", hold: true } } },
        base: { wanted: { a: { at: "1" } } },
      }),
    ).toEqual([]);
  });
});

describe("other hands", () => {
  it("a dependency that somebody asked for by name meanwhile is theirs", () => {
    const taken = { app: "1", lib: { at: "1", attributes: { version: "1", auto: false } } };
    expect(changesOf({ base: { owned: { app: { auto: false }, lib: { auto: true } } }, have: taken })).toEqual([
      "remove apt.app (left)",
    ]);
  });

  it("another lock's packages are neither left over nor unmanaged", () => {
    const world: DiffWorld = { base: { owned: { a: {} } }, have: { a: "1", b: { at: "1", foreign: false } } };
    const elsewhere = ["apt.a", "apt.b"] as const;
    const unmanaged = { mode: "remove" } as const;
    expect(changesOf({ ...world, unmanaged })).toEqual(["remove apt.a (left)", "remove apt.b (unmanaged)"]);
    expect(diffOf({ ...world, elsewhere, unmanaged })).toMatchObject({ changes: [], unmanaged: [] });
  });

  it("a lock that does not speak of a provider removes nothing of it", () => {
    expect(changesOf({ base: { owned: { a: {} } }, have: { a: "1" }, silent: true })).toEqual([]);
  });
});

describe("unmanaged", () => {
  const have: DiffWorld["have"] = {
    kept: "1",
    odd: { at: "1", foreign: true },
    plain: { at: "1", foreign: false },
    dep: { at: "1", requested: false },
  };
  const want = { kept: { at: "1" } };

  it("is what was asked for and is neither wanted nor owned", () => {
    const diff = diffOf({ want, have });
    expect(diff.unmanaged).toEqual(["apt.odd", "apt.plain"]);
    expect(diff.foreign).toEqual(["apt.odd"]);
    expect(diff.changes).toEqual([]);
  });

  it.each<[string, DiffWorld["unmanaged"], readonly string[]]>([
    ["remove takes what a source offers", { mode: "remove" }, ["remove apt.plain (unmanaged)"]],
    [
      "remove takes foreign ones with the extra word",
      { mode: "remove", foreign: "remove" },
      ["remove apt.odd (unmanaged)", "remove apt.plain (unmanaged)"],
    ],
    [
      "ignore patterns are kept",
      { mode: "remove", foreign: "remove", ignore: ["o*"] },
      ["remove apt.plain (unmanaged)"],
    ],
  ])("%s", (_, unmanaged, expected) => {
    expect(changesOf({ want, have, ...(unmanaged === undefined ? {} : { unmanaged }) })).toEqual(expected);
  });

  it("never removes what the machine depends on, nor what nobody looked up", () => {
    const unmanaged = { mode: "remove" } as const;
    expect(changesOf({ have: { core: { foreign: false, protectedBy: "Essential" } }, unmanaged })).toEqual([]);
    expect(changesOf({ have: { unknown: "1" }, unmanaged })).toEqual([]);
  });
});

describe("a rollback", () => {
  it("brings marks back for everything, and takes away what omg installed since", () => {
    expect(
      changesOf({
        rollback: true,
        allowDowngrades: true,
        want: { a: { at: "1", attributes: { auto: true, hold: false } } },
        have: { a: "2", b: "1" },
        base: { owned: { b: {} } },
      }),
    ).toEqual(["downgrade apt.a (rollback)", "remove apt.b (rollback)"]);
  });
});

describe("always", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const version = fc.constantFrom("1", "2", "3");
  const worlds = fc.record({
    want: fc.dictionary(name, fc.record({ at: version })),
    have: fc.dictionary(name, version),
    owned: fc.dictionary(name, fc.record({ version })),
  });

  it("is empty once its changes are made", () => {
    fc.assert(
      fc.property(worlds, ({ want, have, owned }) => {
        const world: DiffWorld = { want, have, base: { owned }, allowDowngrades: true };
        const after = new Map<string, string>(Object.entries(have));
        for (const change of diffOf(world).changes) {
          if (change.after === null) after.delete(change.name);
          else after.set(change.name, String(change.after.version));
        }
        const left = Object.fromEntries(Object.entries(owned).filter(([key]) => after.has(key)));
        expect(changesOf({ ...world, have: Object.fromEntries(after), base: { owned: left } })).toEqual([]);
      }),
    );
  });

  it("never removes what is neither owned nor unwanted by name", () => {
    fc.assert(
      fc.property(worlds, ({ want, have, owned }) => {
        const gone = diffOf({ want, have, base: { owned } }).changes.filter((change) => change.after === null);
        expect(gone.every((change) => change.name in owned && !(change.name in want))).toBe(true);
      }),
    );
  });
});
