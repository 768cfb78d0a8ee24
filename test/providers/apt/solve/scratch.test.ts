import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { scratchFolder, withScratch } from "../../../../providers/apt/solve/scratch.ts";
import { temporaryFolder } from "../../../host/bundle.ts";
import { needs } from "../../../support/needs.ts";

afterEach(() => vi.unstubAllEnvs());

test.runIf(needs("root"))("root never makes files where its environment says", () => {
  vi.stubEnv("TMPDIR", "/home/somebody");
  expect(scratchFolder("/var/cache/omg")).toBe("/var/cache/omg");
  expect(scratchFolder(undefined)).toBe("/run/omg");
});

test("nobody else can enter the folder, and it is gone afterwards, whatever happens in it", async () => {
  const parent = join(temporaryFolder(), "cache");
  const answer = await withScratch(parent, async (folder) => {
    writeFileSync(join(folder, "Packages"), "");
    return statSync(folder).mode & 0o777;
  });
  expect(answer).toBe(0o700);
  await expect(withScratch(parent, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(readdirSync(parent)).toEqual([]);
});
