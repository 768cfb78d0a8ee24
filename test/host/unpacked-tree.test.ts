import { linkSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tidyTree } from "../../host/unpacked-tree.ts";

describe("a folder that another program unpacked", () => {
  let folder: string;
  const at = (...names: readonly string[]) => join(folder, ...names);
  const limits = { bytes: 1000, entries: 10 };
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "omg-tree-")));
    mkdirSync(at("tree"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps a file with several names in it", () => {
    writeFileSync(at("tree", "one"), "x", { mode: 0o4711 });
    linkSync(at("tree", "one"), at("tree", "two"));
    expect(tidyTree(at("tree"), limits)).toHaveLength(3);
    expect(lstatSync(at("tree", "two")).mode & 0o7777).toBe(0o755);
  });

  it("is refused, and nothing outside is touched, where a file in it is one outside as well", () => {
    writeFileSync(at("private"), "x", { mode: 0o600 });
    linkSync(at("private"), at("tree", "public"));
    expect(() => tidyTree(at("tree"), limits)).toThrow(/"public" is also a file outside of it/);
    expect(statSync(at("private")).mode & 0o7777).toBe(0o600);
  });
});
