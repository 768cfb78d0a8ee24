import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");

/** The design's table, written out a second time on purpose: this is what the rules file is held against. */
const ALLOWED: Readonly<Record<string, string>> = {
  schema: "",
  host: "schema",
  providers: "schema host",
  policy: "schema host",
  reconciler: "schema host",
  catalog: "schema host",
  team: "schema host",
  app: "schema host providers policy reconciler catalog team",
  cli: "schema app daemon",
  daemon: "schema host app",
  root: "schema host app",
};
const FOLDERS = Object.keys(ALLOWED);
const PAIRS = FOLDERS.flatMap((from) => FOLDERS.filter((to) => to !== from).map((to) => [from, to] as const));
const LIBRARIES = ["zod", "yaml", "@iarna/toml", "openpgp", "commander"];

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

let folder: string;
let violations: readonly Violation[];

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function writePairs(): void {
  for (const name of FOLDERS) write(`${name}/thing.ts`, "export interface Thing { readonly a: string }\n");
  for (const [from, to] of PAIRS) {
    write(`${from}/types-of-${to}.ts`, `import type { Thing } from "../${to}/thing.ts";\nexport type T = Thing;\n`);
  }
}

function writeLibraries(): void {
  const dependencies = Object.fromEntries(LIBRARIES.map((library) => [library, "1.0.0"]));
  write("package.json", JSON.stringify({ type: "module", dependencies, devDependencies: { vitest: "1.0.0" } }));
  for (const library of [...LIBRARIES, "vitest"]) {
    write(`node_modules/${library}/package.json`, JSON.stringify({ name: library, main: "index.js" }));
    write(`node_modules/${library}/index.js`, "module.exports = {};\n");
  }
  const importAll = LIBRARIES.map((library) => `import "${library}";\n`).join("");
  for (const name of FOLDERS) write(`${name}/libraries.ts`, importAll);
  const others = ["schema/files/a.ts", "schema/model/slow.ts", "schema/error.ts", "policy/pgp/a.ts"];
  for (const path of others) write(path, importAll);
  write("app/development.ts", 'import "vitest";\n');
}

function writeKnots(): void {
  write("providers/apt/names.ts", "export const NAME = 1;\n");
  write("providers/aur/build.ts", 'import { NAME } from "../apt/names.ts";\nexport const N = NAME;\n');
  write("app/one.ts", 'import type { Two } from "./two.ts";\nexport type One = Two | 1;\n');
  write("app/two.ts", 'import type { One } from "./one.ts";\nexport type Two = One | 2;\n');
  write("schema/wire/status.ts", 'import { parse } from "../files/a-reader.ts";\nexport const status = parse;\n');
  write("schema/files/a-reader.ts", 'import { z } from "zod";\nexport const parse = z;\n');
  write("schema/model/lock.ts", 'import type { parse } from "../files/a-reader.ts";\nexport type P = typeof parse;\n');
  write("host/lazy.ts", 'export const load = () => import("../app/thing.ts");\n');
  write("host/core.ts", 'import { readFileSync } from "node:fs";\nexport const read = readFileSync;\n');
  write("policy/test-helper.ts", 'import { helper } from "../test/helper.ts";\nexport const h = helper;\n');
  write("test/helper.ts", "export const helper = 1;\n");
  write("catalog/alone.ts", "export const alone = 1;\n");
  write("catalog/lost.ts", 'import "./nowhere.ts";\n');
}

function rulesAgainst(from: string, to: string): string[] {
  const against = violations.filter((violation) => violation.from === from && violation.to.startsWith(to));
  return against.map((violation) => violation.rule.name);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-import-table-"));
  writePairs();
  writeLibraries();
  writeKnots();
  for (const name of [".dependency-cruiser.cjs", "tsconfig.json"]) cpSync(join(PROJECT, name), join(folder, name));
  const program = join(PROJECT, "node_modules/.bin/depcruise");
  const { stdout } = spawnSync(program, ["--output-type", "json", "."], { cwd: folder, encoding: "utf8" });
  violations = JSON.parse(stdout).summary.violations;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the import table", () => {
  it.each(PAIRS)("answers rightly for %s importing a type of %s", (from, to) => {
    const refused = rulesAgainst(`${from}/types-of-${to}.ts`, `${to}/thing.ts`).includes(`table-${from}`);
    expect(refused).toBe(!(ALLOWED[from] ?? "").split(" ").includes(to));
  });

  it("sees dynamic imports", () => {
    expect(rulesAgainst("host/lazy.ts", "app/thing.ts")).toContain("table-host");
  });

  it("lets everybody import Node's own modules", () => {
    expect(violations.filter(({ from }) => from === "host/core.ts")).toEqual([]);
  });

  it("refuses that a provider knows another", () => {
    expect(rulesAgainst("providers/aur/build.ts", "providers/apt/names.ts")).toEqual(["providers-apart"]);
  });

  it("refuses that the program imports a test's helper or a development library", () => {
    expect(rulesAgainst("policy/test-helper.ts", "test/helper.ts")).toEqual(["table-policy"]);
    expect(rulesAgainst("app/development.ts", "node_modules/vitest/")).toEqual(["no-dev-dependencies"]);
  });

  it("refuses a cycle of types", () => {
    expect(rulesAgainst("app/one.ts", "app/two.ts")).toContain("no-cycles");
  });

  it("refuses what is connected to nothing, and imports that lead nowhere", () => {
    expect(rulesAgainst("catalog/alone.ts", "")).toEqual(["no-orphans"]);
    expect(rulesAgainst("catalog/lost.ts", "./nowhere.ts")).toContain("resolvable");
  });

  it("keeps the contracts free of readers", () => {
    expect(rulesAgainst("schema/model/lock.ts", "schema/files/a-reader.ts")).toContain("model-is-contracts");
  });
});

describe("slow libraries", () => {
  const homes: Readonly<Record<string, readonly string[]>> = {
    zod: ["schema/files/a.ts"],
    yaml: ["schema/files/a.ts"],
    "@iarna/toml": ["schema/files/a.ts"],
    openpgp: ["policy/pgp/a.ts"],
    commander: ["cli/libraries.ts"],
  };

  it.each(LIBRARIES)("%s is imported from its own place only", (library) => {
    const importers = [...FOLDERS.map((name) => `${name}/libraries.ts`), "schema/files/a.ts", "policy/pgp/a.ts"];
    const permitted = importers.filter((path) => !rulesAgainst(path, "node_modules/").includes(`library-${library}`));
    expect(permitted).toEqual(homes[library]);
  });

  it.each(["host/libraries.ts", "schema/model/slow.ts", "schema/error.ts"])("are not imported by %s", (path) => {
    expect(rulesAgainst(path, "node_modules/zod/")).toContain("query-path");
  });

  it("are not reached from the path of a query, at whatever distance", () => {
    expect(rulesAgainst("schema/wire/status.ts", "node_modules/zod/")).toContain("query-path");
  });
});
