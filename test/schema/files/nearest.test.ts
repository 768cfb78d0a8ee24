import { expect, test } from "vitest";
import { nearest } from "../../../schema/files/nearest.ts";

const KEYS = ["version", "name", "packages", "unmanaged", "apt", "aur", "env"];

test.each([
  ["pakages", "packages"],
  ["packgaes", "packages"],
  ["Version", "version"],
  ["atp", "apt"],
  ["unmanagedd", "unmanaged"],
  ["zzz", undefined],
  ["foo", undefined],
  ["", undefined],
  ["v".repeat(100_000), undefined],
])("%s: %s", (word, meant) => {
  expect(nearest(word, KEYS)).toBe(meant);
});
