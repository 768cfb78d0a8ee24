import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8");
const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Locked>> };
const libraries = Object.entries(packages).filter(([path]) => path !== "");

it("pins every library by hash and none by address, so that any registry serves", () => {
  expect(libraries.length).toBeGreaterThan(10);
  expect(libraries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(libraries.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"))).toEqual([]);
});

it("holds the binaries of every platform: without them npm ci refuses the lockfile", () => {
  const wanted = libraries.flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies ?? {}));
  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter((name) => !(`node_modules/${name}` in packages))).toEqual([]);
});
