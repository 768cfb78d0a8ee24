import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Context } from "../../app/context.ts";
import { bundleSources, provenanceDesk, trustFolders } from "../../app/provenance.ts";
import { rule } from "../policy/samples.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "omg-home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const contextOf = (uid: number): Context => ({
  cwd: home,
  env: { OMG_CONFIG_DIR: join(home, "config"), OMG_DATA_DIR: join(home, "data") },
  uid,
  user: "someone",
  home,
  elevated: false,
  now: () => new Date(),
  emit: () => undefined,
  signal: new AbortController().signal,
  program: home,
});
const configure = (text: string) => {
  mkdirSync(join(home, "config"), { recursive: true });
  writeFileSync(join(home, "config/config.toml"), text);
};

it.each([0, 1000])("nobody but the publisher is asked unless config.toml says so (uid %i)", async (uid) => {
  const count = async () => (await bundleSources(contextOf(uid))).length;
  expect(await count()).toBe(1);
  configure("[provenance]\ngithub = false\nrekor = false\n");
  expect(await count()).toBe(1);
  configure("[provenance]\ngithub = true\n");
  expect(await count()).toBe(2);
  configure('[provenance]\ngithub = "https://github.example/api/v3"\nrekor = true\n');
  expect(await count()).toBe(3);
});

it("root goes by root's trust root alone, and others by their own first", () => {
  const root = trustFolders(contextOf(0));
  expect(root).toEqual([{ given: join(home, "config/trust"), kept: join(home, "data/trust/sigstore") }]);
  expect(trustFolders(contextOf(1000))).toEqual([
    { given: join(home, "config/trust"), kept: join(home, "data/trust/sigstore") },
    { given: "/etc/omg/trust", kept: "/var/lib/omg/trust/sigstore" },
  ]);
});

it("there is no desk where no policy has a rule about provenance", async () => {
  const kept = { scopes: [], filePath: () => undefined };
  expect(await provenanceDesk(contextOf(0), { builtIn: {}, machine: {} }, kept)).toBeUndefined();
  const machine = { provenancePackages: { x: rule({ required: true }) } };
  expect(await provenanceDesk(contextOf(0), { builtIn: {}, machine }, kept)).toBeDefined();
});
