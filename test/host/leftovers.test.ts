import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { temporarySibling } from "../../host/files.ts";
import { removeLeftovers } from "../../host/leftovers.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-leftovers-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("takes away what a writer that was killed left long ago, and nothing else", () => {
  const now = new Date();
  const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const fresh = temporarySibling(join(folder, "state.json"));
  writeFileSync(fresh, "half");
  symlinkSync("nowhere", join(folder, ".omg-11.tmp"));
  for (const name of [".omg-22.tmp", "state.json", ".omg-other", "omg-33.tmp"]) {
    writeFileSync(join(folder, name), "");
    utimesSync(join(folder, name), minutesAgo(10), minutesAgo(10));
  }
  mkdirSync(join(folder, ".omg-44.tmp"));
  utimesSync(join(folder, ".omg-44.tmp"), minutesAgo(10), minutesAgo(10));
  removeLeftovers(folder, now);
  const stays = [
    ".omg-11.tmp",
    ".omg-44.tmp",
    ".omg-other",
    fresh.slice(folder.length + 1),
    "omg-33.tmp",
    "state.json",
  ];
  expect(readdirSync(folder).sort()).toEqual(stays.sort());
  // A link is as old as it is, whatever it points to.
  removeLeftovers(folder, minutesAgo(-10));
  expect(readdirSync(folder).sort()).toEqual([".omg-44.tmp", ".omg-other", "omg-33.tmp", "state.json"]);
  expect(() => removeLeftovers(join(folder, "missing"), now)).not.toThrow();
});
