import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { jsonSchemas } from "../../../schema/files/json-schemas.ts";

test.each(Object.entries(jsonSchemas()))(
  "docs/schemas/%s is current: else run node scripts/schemas.mjs",
  (name, text) => {
    expect(readFileSync(new URL(`../../../docs/schemas/${name}`, import.meta.url), "utf8")).toBe(text);
  },
);

test("that of omg.lock describes either kind of document", () => {
  const { anyOf } = JSON.parse(jsonSchemas()["omg.lock.schema.json"] ?? "") as { anyOf: { properties: object }[] };
  expect(anyOf.map(({ properties }) => Object.keys(properties))).toEqual([
    ["version", "name", "when", "include", "apt", "pacman", "aur", "runtimes", "env", "health", "aliases"],
    ["pins", "indexes", "apt", "pacman", "aur", "runtimes"],
  ]);
});
