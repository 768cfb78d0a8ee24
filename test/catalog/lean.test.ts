import { createHook } from "node:async_hooks";
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openIndex } from "../../catalog/index.ts";
import { type LeanIndex, openLeanIndex } from "../../catalog/lean.ts";
import { compareDebianVersions } from "../../host/debian-version.ts";
import { temporaryFolder } from "../host/bundle.ts";
import { until } from "../support/until.ts";

const KEY = "cd".repeat(32);
const NOBODY = new Map<string, string>();

/** An index of packages with these names on the disk, each with a long summary. */
async function made(names: readonly string[]) {
  const place = { folder: join(temporaryFolder(), "cache"), provider: "apt" };
  const read = async (onEntry: (entry: never) => void) => {
    for (const name of names) {
      const summary = `what ${name} is for, `.repeat(8);
      onEntry({ name, version: "1.0", summary, section: "misc", source: "lab", priority: 500 } as never);
    }
  };
  const catalog = { key: KEY, parts: [{ key: KEY, read }], installed: () => NOBODY };
  await openIndex(place, catalog, compareDebianVersions);
  return { place, path: join(place.folder, "apt-catalog") };
}

async function opened(place: Parameters<typeof openLeanIndex>[0], here = NOBODY): Promise<LeanIndex> {
  const index = await openLeanIndex(place, KEY, here);
  if (index === undefined) throw new Error("it is not there");
  return index;
}

/** How many descriptors this process has of a file. */
function descriptorsOf(path: string): number {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return links.filter((link) => link === path).length;
}

const found = (index: LeanIndex, term: string, here = NOBODY) =>
  index.search([term], 3, () => here).hits.map(({ name }) => name);

describe("an index that is kept open", () => {
  it("lets others have their turn all the time while it is read", async () => {
    const { place, path } = await made(Array.from({ length: 20_000 }, (_, number) => `omg-package-${number}`));
    // Each is a turn of its own, and what it read is looked at in that.
    let reads = 0;
    const hook = createHook({
      init: (_, type) => {
        if (type === "FSREQCALLBACK") reads += 1;
      },
    }).enable();
    const index = await opened(place);
    hook.disable();
    onTestFinished(() => index.close());
    expect(found(index, "omg-package-19999")).toEqual(["omg-package-19999"]);
    expect(reads).toBeGreaterThanOrEqual(statSync(path).size / (1 << 18));
  });

  it("is used again with what is installed by then, and its file is open until nobody uses it", async () => {
    const { place, path } = await made(["omg-aa", "omg-ab", "omg-ac", "other"]);
    const before = new Map([["omg-ab", "1.0"]]);
    const first = await opened(place, before);
    const here = new Map([["omg-ac", "1.0"]]);
    const second = (await first.again(here)) as LeanIndex;
    expect(descriptorsOf(path)).toBe(1);
    expect(found(first, "omg", before)).toEqual(["omg-ab", "omg-aa", "omg-ac"]);
    expect(found(second, "omg", here)).toEqual(["omg-ac", "omg-aa", "omg-ab"]);
    first.close();
    expect(second.get("other")?.version).toBe("1.0");
    second.close();
    await until(() => descriptorsOf(path) === 0);
  });

  it("is not used again once its file was changed or replaced, whatever it holds", async () => {
    const { place, path } = await made(["omg-aa"]);
    const index = await opened(place);
    onTestFinished(() => index.close());
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    renameSync(copy, path);
    expect(await index.again(NOBODY)).toBeUndefined();
    const next = await opened(place);
    onTestFinished(() => next.close());
    utimesSync(path, 1, 1);
    expect(await next.again(NOBODY)).toBeUndefined();
    index.close();
    expect(await index.again(NOBODY)).toBeUndefined();
    // Twice is once.
    index.close();
  });

  it("is none where one byte of it is another one, wherever that lies, and leaves nothing open", async () => {
    const { place, path } = await made(Array.from({ length: 300 }, (_, number) => `omg-${number}`));
    const bytes = readFileSync(path);
    for (const at of [0, 8, 13, 30, 40, 66, 68, 900, 4000, bytes.length >> 1, bytes.length - 60, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(path, damaged);
      expect([at, await openLeanIndex(place, KEY, NOBODY)]).toEqual([at, undefined]);
    }
    writeFileSync(path, bytes.subarray(0, -1));
    expect(await openLeanIndex(place, KEY, NOBODY)).toBeUndefined();
    expect(descriptorsOf(path)).toBe(0);
  });
});
