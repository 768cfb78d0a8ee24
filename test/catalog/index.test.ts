import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { openIndex } from "../../catalog/index.ts";
import { openLeanIndex } from "../../catalog/lean.ts";
import { compareDebianVersions } from "../../host/debian-version.ts";
import type { Catalog, CatalogEntry } from "../../schema/model/catalog.ts";
import { temporaryFolder } from "../host/bundle.ts";

const KEY = "ab".repeat(32);

function entry(name: string, summary = "", parts: Partial<CatalogEntry> = {}): CatalogEntry {
  return { name, version: "1.0", summary, section: "misc", source: "lab", priority: 500, ...parts };
}

/** A provider's catalog, and how often it was read. */
function catalogOf(entries: readonly CatalogEntry[], key = KEY) {
  let reads = 0;
  const catalog: Catalog = {
    key,
    parts: [
      {
        key,
        read: async (onEntry) => {
          reads += 1;
          for (const each of entries) onEntry(each);
        },
      },
    ],
    installed: () => new Map(),
  };
  return { catalog, reads: () => reads };
}

const ENTRIES = [
  entry("git-lfs", "Git Large File Support"),
  entry("git", "fast, scalable, distributed revision control system", {
    version: "1:2.39.5-0+deb12u2",
    size: 45_000 * 1024,
    homepage: "https://git-scm.com/",
  }),
  entry("legit", "command-line interface"),
  entry("zsh-git-prompt", "a prompt"),
  entry("tig", "ncurses-based text-mode interface for GIT"),
  entry("digit", "numbers, über alles"),
  entry("vim", "Vi IMproved"),
];

function place() {
  return { folder: join(temporaryFolder(), "cache"), provider: "apt" };
}

const open = (at: ReturnType<typeof place>, catalog: Catalog) => openIndex(at, catalog, compareDebianVersions);

describe("a search", () => {
  it("of thousands finds what a look at each of them finds, in whichever of its blocks that lies", async () => {
    const letters = "abcdefg-";
    let state = 7;
    const draw = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % below;
    };
    const word = (length: number) => Array.from({ length }, () => letters[draw(letters.length)]).join("");
    const names = new Set(Array.from({ length: 3001 }, () => word(8)));
    const entries = [...names].map((name) => entry(name, draw(9) === 0 ? "" : `${word(5)} ${word(4)} é${word(3)}`));
    const at = place();
    const index = await open(at, catalogOf(entries).catalog);
    const lean = await openLeanIndex(at, KEY, new Map());
    onTestFinished(() => lean?.close());
    const terms = Array.from({ length: 300 }, () => (draw(20) === 0 ? `é${word(2)}` : word(1 + draw(6))));
    for (const [count, term] of terms.entries()) {
      const asked = count % 3 === 0 ? [term, terms[count + 1] ?? "a"] : [term];
      const fitting = entries.filter(({ name, summary }) =>
        asked.every((each) => name.includes(each) || summary.includes(each)),
      );
      const { hits, total } = index.search(asked, 5000);
      expect([asked, hits.map(({ name }) => name).sort()]).toEqual([asked, fitting.map(({ name }) => name).sort()]);
      expect(total).toBe(fitting.length);
      // The best alone, of however many, and from the file.
      for (const limit of [0, 1, 9, 40])
        expect(lean?.search(asked, limit)).toEqual({ hits: hits.slice(0, limit), total: fitting.length });
    }
  });

  it("of the best shows shorter names first, then those that come first, also where few are asked for", async () => {
    const names = Array.from({ length: 500 }, (_, number) => `${"x".repeat((number * 7) % 90)}q${number}`);
    const index = await open(place(), catalogOf(names.map((name) => entry(name))).catalog);
    const inside = names.filter((name) => !name.startsWith("q")).sort();
    const best = inside.sort((one, other) => one.length - other.length).slice(0, 20);
    const { hits } = index.search(["q"], 20 + names.length - inside.length);
    expect(hits.map(({ name }) => name).slice(-20)).toEqual(best);
  });

  it("shows what is installed first among what fits as well, and looks for it where anything fits", async () => {
    const at = place();
    const index = await open(at, catalogOf(ENTRIES).catalog);
    const lean = await openLeanIndex(at, KEY, new Map());
    onTestFinished(() => lean?.close());
    let looks = 0;
    const here = (...names: readonly string[]) => {
      const map = new Map(names.map((name) => [name, "1.0"]));
      return () => {
        looks += 1;
        return map;
      };
    };
    for (const each of [index, lean]) {
      const found = (term: string, ...names: readonly string[]) =>
        each?.search([term], 9, here(...names)).hits.map(({ name }) => name);
      expect(found("git")).toEqual(["git", "git-lfs", "zsh-git-prompt", "digit", "legit", "tig"]);
      // However well known, it fits no better for that; and some of it the index does not know.
      const some = ["tig", "legit", "zsh-git-prompt", "not-listed", "VIM"];
      expect(found("git", ...some)).toEqual(["git", "git-lfs", "zsh-git-prompt", "legit", "digit", "tig"]);
      expect(found("i", "digit", "vim")?.slice(0, 4)).toEqual(["vim", "digit", "git", "tig"]);
      const before = looks;
      expect(found("nothing of the kind", "git")).toEqual([]);
      expect(looks).toBe(before);
    }
  });

  it("finds nothing for a term that is longer than every row, whatever it is made of", async () => {
    const index = await open(place(), catalogOf([entry("a".repeat(200)), ...ENTRIES]).catalog);
    expect(index.search(["a".repeat(200)], 9).total).toBe(1);
    expect(index.search(["a".repeat(64_000)], 9)).toEqual({ hits: [], total: 0 });
  });

  it("finds nothing for a term of two lines, though name and summary lie side by side", async () => {
    const index = await open(place(), catalogOf(ENTRIES).catalog);
    for (const term of ["vim\nvi", "git\nfast", "support\nlegit"])
      expect(index.search([term], 9)).toEqual({ hits: [], total: 0 });
    expect(index.search(["vim", "vi"], 9).total).toBe(1);
  });

  it("puts the very name first, then beginnings, words, parts, and summaries", async () => {
    const index = await open(place(), catalogOf(ENTRIES).catalog);
    const { hits, total } = index.search(["GIT"], 100);
    expect(hits.map(({ name }) => name)).toEqual(["git", "git-lfs", "zsh-git-prompt", "digit", "legit", "tig"]);
    expect(total).toBe(6);
    expect(hits[0]).toEqual({
      name: "git",
      version: "1:2.39.5-0+deb12u2",
      summary: "fast, scalable, distributed revision control system",
      section: "misc",
      source: "lab",
      size: 45_000 * 1024,
      homepage: "https://git-scm.com/",
    });
  });

  it("wants every term, in name or summary, and counts what it does not show", async () => {
    const index = await open(place(), catalogOf(ENTRIES).catalog);
    expect(index.search(["interface", "git"], 9).hits.map(({ name }) => name)).toEqual(["legit", "tig"]);
    expect(index.search(["git"], 2)).toMatchObject({ hits: [{ name: "git" }, { name: "git-lfs" }], total: 6 });
    expect(index.search(["ÜBER"], 9).hits.map(({ name }) => name)).toEqual(["digit"]);
    expect(index.search(["nothing of the kind"], 9)).toEqual({ hits: [], total: 0 });
    expect(index.search(["", " "], 9)).toEqual({ hits: [], total: 0 });
  });

  it("finds what a plain look at every entry finds", async () => {
    const word = fc.stringMatching(/^[a-c-]{1,4}$/);
    const anEntry = fc.record({ name: word, summary: fc.stringMatching(/^[a-d é]{0,12}$/) });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anEntry, { selector: ({ name }) => name }),
        fc.array(word, { maxLength: 3 }),
        async (all, terms) => {
          const index = await open(place(), catalogOf(all.map(({ name, summary }) => entry(name, summary))).catalog);
          const expected = all.filter(({ name, summary }) =>
            terms.every((term) => name.includes(term) || summary.includes(term)),
          );
          const { hits, total } = index.search(terms, 1000);
          expect(hits.map(({ name }) => name).sort()).toEqual(
            terms.length === 0 ? [] : expected.map(({ name }) => name).sort(),
          );
          expect(total).toBe(hits.length);
          for (const { name, summary } of all) expect(index.get(name)).toMatchObject({ name, summary });
          expect(index.get("zz")).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("names what a mistyped name may have meant", async () => {
    const index = await open(place(), catalogOf(ENTRIES).catalog);
    expect(index.nearest("vmi")).toEqual(["vim"]);
    expect(index.nearest("libreoffice")).toEqual([]);
  });
});

describe("of one name", () => {
  it("the version counts that the package manager wants most, then the newest", async () => {
    const versions = [
      entry("a", "old", { version: "1.9", priority: 500 }),
      entry("a", "new", { version: "1.10", priority: 500 }),
      entry("a", "backport", { version: "2.0", priority: 100 }),
      entry("a", "older", { version: "1.2", priority: 500 }),
    ];
    const index = await open(place(), catalogOf(versions).catalog);
    expect(index.get("a")).toMatchObject({ version: "1.10", summary: "new" });
    expect(index.search(["a"], 9).total).toBe(1);
    expect(index.search(["backport"], 9).total).toBe(0);
  });

  it("the same counts as in a plain list of all, however they are spread over lists", async () => {
    const anEntry = fc.record({
      name: fc.constantFrom("a", "A", "b", "B", "ä", "c:i386"),
      version: fc.constantFrom("1.9", "1.10", "2"),
      priority: fc.constantFrom(100, 500, 990),
      section: fc.constantFrom("one", "two", "three"),
    });
    const isBetter = (one: CatalogEntry, other: CatalogEntry) =>
      one.priority === other.priority
        ? compareDebianVersions(one.version, other.version) > 0
        : one.priority > other.priority;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anEntry, { maxLength: 8 }), { minLength: 1, maxLength: 3 }), async (lists) => {
        const all = lists.map((list) =>
          list.map(({ name, ...parts }) => entry(name, "", { ...parts, ...(name === "c:i386" && { unless: "a" }) })),
        );
        const parts = all.map((list, index) => catalogOf(list, `0${index}`.repeat(32)).catalog.parts[0]);
        const catalog: Catalog = { key: KEY, parts: parts.flatMap((part) => part ?? []), installed: () => new Map() };
        const best = new Map<string, CatalogEntry>();
        for (const each of all.flat()) {
          const before = best.get(each.name);
          if (before === undefined || isBetter(each, before)) best.set(each.name, each);
        }
        if (best.has("a")) best.delete("c:i386");
        const small = (name: string) => name.toLowerCase();
        const expected = [...best.values()].sort((x, y) =>
          small(x.name) < small(y.name) ? -1 : small(x.name) > small(y.name) ? 1 : 0,
        );
        const at = place();
        const index = await open(at, catalog);
        expect([...index.names()]).toEqual(expected.map(({ name }) => name));
        expect(readFileSync(join(at.folder, "apt-names"), "utf8")).toBe(
          expected.map(({ name }) => `${name}\n`).join(""),
        );
        for (const { name, version, section } of expected)
          expect(index.search([name], 9).hits).toContainEqual(expect.objectContaining({ name, version, section }));
      }),
      { numRuns: 200 },
    );
  });
});

describe("the file of the index", () => {
  it("answers the next time without a look at the lists, until they change", async () => {
    const at = place();
    const first = catalogOf(ENTRIES);
    await open(at, first.catalog);
    expect((await open(at, first.catalog)).search(["vim"], 9).total).toBe(1);
    expect(first.reads()).toBe(1);
    const changed = catalogOf([entry("emacs")], "cd".repeat(32));
    expect((await open(at, changed.catalog)).get("vim")).toBeUndefined();
    expect(changed.reads()).toBe(1);
  });

  it("is made of one list for each part, and reads those alone that are new", async () => {
    const at = place();
    const [main, updates, foreign] = ["ab", "cd", "ef"].map((two, index) =>
      catalogOf(
        [
          [entry("git", "main"), entry("vim", "main"), entry("tig", "main", { version: "3" })],
          [entry("git", "updates", { version: "2" }), entry("tig", "updates", { version: "2" })],
          [entry("git:i386", "foreign", { unless: "git" }), entry("wine:i386", "foreign", { unless: "wine" })],
        ][index] ?? [],
        two.repeat(32),
      ),
    );
    const of = (key: string, ...all: readonly (typeof main)[]): Catalog => ({
      key: key.repeat(32),
      parts: all.flatMap((each) => each?.catalog.parts ?? []),
      installed: () => new Map(),
    });
    const first = await open(at, of("01", main, updates, foreign));
    expect([...first.names()]).toEqual(["git", "tig", "vim", "wine:i386"]);
    expect([first.get("git"), first.get("tig")]).toMatchObject([{ summary: "updates" }, { summary: "main" }]);
    // What an unchanged list has counts again where the one that won is gone.
    const next = catalogOf([entry("vim", "updates", { version: "9" })], "09".repeat(32));
    const second = await open(at, of("02", main, next, foreign));
    expect([second.get("git"), second.get("vim")]).toMatchObject([{ summary: "main" }, { summary: "updates" }]);
    expect([main, updates, foreign, next].map((each) => each?.reads())).toEqual([1, 1, 1, 1]);
    expect(readdirSync(join(at.folder, "apt-catalog-parts")).sort()).toEqual(
      ["09", "ab", "ef"].map((two) => two.repeat(32)),
    );
    writeFileSync(join(at.folder, "apt-catalog-parts", "ab".repeat(32)), "damaged");
    expect((await open(at, of("03", main, next, foreign))).get("git")).toMatchObject({ summary: "main" });
    expect(main?.reads()).toBe(2);
  });

  it("has the names beside it, sorted, one a line, for shells", async () => {
    const at = place();
    const { catalog, reads } = catalogOf(ENTRIES);
    await open(at, catalog);
    const names = join(at.folder, "apt-names");
    expect(readFileSync(names, "utf8")).toBe("digit\ngit\ngit-lfs\nlegit\ntig\nvim\nzsh-git-prompt\n");
    rmSync(names);
    await open(at, catalog);
    expect(existsSync(names)).toBe(true);
    expect(reads()).toBe(2);
  });

  it("is made again where others could have written it", async () => {
    const at = place();
    const { catalog, reads } = catalogOf(ENTRIES);
    await open(at, catalog);
    chmodSync(join(at.folder, "apt-catalog"), 0o666);
    await open(at, catalog);
    expect(reads()).toBe(2);
    expect(statSync(join(at.folder, "apt-catalog")).mode & 0o777).toBe(0o644);
  });

  it("is not needed: where nothing can be kept, the answer is the same", async () => {
    const folder = join(temporaryFolder(), "file");
    writeFileSync(folder, "");
    const index = await open({ folder, provider: "apt" }, catalogOf(ENTRIES).catalog);
    expect(index.get("git")?.name).toBe("git");
  });
});

describe("a file that is damaged, or made to harm", () => {
  /** What a search answers where the file has these bytes, and whether the lists were read for it. */
  async function withBytes(change: (bytes: Buffer) => Buffer) {
    const at = place();
    const { catalog, reads } = catalogOf(ENTRIES);
    await open(at, catalog);
    const path = join(at.folder, "apt-catalog");
    writeFileSync(path, change(readFileSync(path)));
    const index = await open(at, catalog);
    return {
      names: index.search(["i"], 99).hits.map(({ name }) => name),
      get: index.get("git"),
      rebuilt: reads() === 2,
    };
  }

  it("is made again, whatever byte differs and wherever it ends", async () => {
    const { names } = await withBytes((bytes) => bytes);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, xor, cut) => {
        const answer = await withBytes((bytes) => {
          const place = at % bytes.length;
          if (cut) return bytes.subarray(0, place);
          bytes[place] = (bytes[place] ?? 0) ^ xor;
          return bytes;
        });
        expect(answer).toMatchObject({ names, rebuilt: true });
      }),
      { numRuns: 80 },
    );
  });

  it("is made again where a row would end before it begins", async () => {
    const rows = ENTRIES.length;
    for (const table of [0, 1, 2]) {
      const answer = await withBytes((bytes) => {
        const second = 64 + 4 * (table * (rows + 1) + 1);
        bytes.writeUInt32LE(bytes.readUInt32LE(second + 4) + 1, second);
        bytes.writeUInt32LE(crc32(bytes.subarray(64)), 28);
        return bytes;
      });
      expect(answer.rebuilt, `table ${table}`).toBe(true);
    }
  });

  it("reads nothing beyond its end, and ends, whatever numbers it has with a checksum that fits", async () => {
    const HEADER = 64;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(400), fc.nat(0xffffffff))), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (writes, inHeader) => {
          const answer = await withBytes((bytes) => {
            for (const [at, value] of writes) {
              // The counts in the header, or the tables behind it.
              const slot = inHeader ? 3 + (at % 4) : HEADER / 4 + (at % (3 * (ENTRIES.length + 1)));
              bytes.writeUInt32LE(value, slot * 4);
            }
            bytes.writeUInt32LE(crc32(bytes.subarray(HEADER)), 28);
            return bytes;
          });
          for (const name of answer.names) expect(name.length).toBeLessThan(1000);
        },
      ),
      { numRuns: 80 },
    );
  });
});
