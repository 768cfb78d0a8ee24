import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inventoryOf } from "../../../../providers/apt/ask/inventory.ts";
import { inventoryThroughCache } from "../../../../providers/apt/ask/kept-inventory.ts";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { needs } from "../../../support/needs.ts";

const LEAST = { orphans: false, weakNeeds: false };

describe.runIf(needs(...LAB_NEEDS))("what is installed, with the least that can be wished for", () => {
  let lab: AptLab;
  beforeAll(async () => {
    lab = await createAptLab();
    await lab.aptOk("--yes", "install", "omg-app");
  });
  afterAll(() => lab.dispose());

  const config = () => readAptConfig(lab.env, join(lab.folder, "cache"));
  const file = () => join(lab.folder, "cache/apt-inventory.json");
  const asked = async () => inventoryThroughCache(await config(), LEAST);
  const fresh = async () => inventoryOf(await config(), LEAST);
  /** Only a kept answer can say so. */
  const mark = () => {
    const text = readFileSync(file(), "utf8");
    writeFileSync(file(), text.replace(/"summary":"[^"]*"/, '"summary":"kept"'));
  };
  const isKept = async () => [...(await asked()).items.values()].some(({ summary }) => summary === "kept");

  it("is the same the second time, from what was kept", async () => {
    expect(await asked()).toEqual(await fresh());
    expect(await asked()).toEqual(await fresh());
    mark();
    expect(await isKept()).toBe(true);
  });

  it.each([
    ["a package goes", () => lab.aptOk("--yes", "remove", "omg-app")],
    ["a package comes", () => lab.aptOk("--yes", "install", "omg-app")],
    ["a mark changes", () => lab.aptMark("auto", "omg-app")],
  ])("is found out anew, once %s", async (_, happens) => {
    await asked();
    mark();
    await happens();
    expect(await isKept()).toBe(false);
    expect(await asked()).toEqual(await fresh());
  });

  it("is found out anew where the kept answer is none", async () => {
    await asked();
    for (const text of ["{", "[]", '{"key":1}']) {
      writeFileSync(file(), text);
      expect(await asked()).toEqual(await fresh());
    }
  });

  it("is of the orphans alone where they alone are asked for, and asked of apt again once something changed", async () => {
    await lab.aptOk("--yes", "install", "omg-app");
    for (const mark of ["auto", "manual"] as const) {
      await lab.aptMark(mark, "omg-app");
      const all = await inventoryOf(await config(), { orphans: true });
      const { items, orphans } = await inventoryOf(await config(), { items: "orphans", orphans: true });
      expect(orphans).toEqual(all.orphans);
      expect(orphans?.includes("omg-app")).toBe(mark === "auto");
      expect([...items]).toEqual([...all.items].filter(([name]) => orphans?.includes(name)));
    }
  });

  it("is not kept where more is wished for, nor where there is no cache", async () => {
    const cache = join(lab.folder, "other");
    const withCache = await readAptConfig(lab.env, cache);
    await inventoryThroughCache(withCache, { orphans: true });
    await inventoryThroughCache(withCache, { orphans: false });
    expect(existsSync(join(cache, "apt-inventory.json"))).toBe(false);
    expect(await inventoryThroughCache(await readAptConfig(lab.env), LEAST)).toEqual(await fresh());
  });
});
