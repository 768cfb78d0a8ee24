import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-build-"));
  symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  for (const name of ["build.mjs", "bundle-faults.mjs", "lazy-builtins.mjs", "libraries.mjs", "pack.mjs"]) {
    cpSync(join(PROJECT, "scripts", name), join(folder, "scripts", name));
  }
  write("package.json", '{ "type": "module" }');
  write("cli/main.ts", "console.log(1);\n");
  write("cli/fast/main.ts", "console.log(4);\n");
  write("cli/standing/main.ts", "console.log(5);\n");
  write("root/main.ts", "console.log(2);\n");
  write("providers/apt/hook.ts", "console.log(3);\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function node(path: string) {
  return spawnSync(process.execPath, [join(folder, path)], { cwd: "/", encoding: "utf8" });
}

const build = () => node("scripts/build.mjs");

/** Sits behind an `import()` of its own, as everything that uses these libraries does. */
const USES_ALL = `
import { inspect } from "node:util";
import toml from "@iarna/toml";
import * as openpgp from "openpgp";
import { parseDocument } from "yaml";
import { z } from "zod";

async function signAndVerify() {
  const { privateKey, publicKey } = await openpgp.generateKey({ userIDs: [{ name: "a" }], format: "object" });
  const message = await openpgp.createCleartextMessage({ text: "signed" });
  const armored = await openpgp.sign({ message, signingKeys: privateKey });
  const read = await openpgp.readCleartextMessage({ cleartextMessage: armored });
  const { signatures } = await openpgp.verify({ message: read, verificationKeys: publicKey });
  return signatures[0]?.verified;
}

export const results = async () => ({
  toml: toml.parse("a = [1, 'b']").a,
  date: inspect(toml.parse("d = 2026-11-21").d),
  yaml: parseDocument("a: 1").toJS(),
  zod: z.object({ a: z.string() }).safeParse({ a: 1 }).success,
  openpgp: await signAndVerify(),
});
`;

const PRINTS_ALL = `
import { Command } from "commander";
void import("../app/all.ts").then(async ({ results }) => {
  console.log(JSON.stringify({ command: new Command("omg").name(), ...(await results()) }));
});
`;

it("bundles the libraries so that they work without node_modules", () => {
  write("cli/main.ts", PRINTS_ALL);
  write("app/all.ts", USES_ALL);
  expect(build().stderr).toBe("");
  rmSync(join(folder, "node_modules"));
  const { stdout, stderr } = node("dist/omg.cjs");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    command: "omg",
    toml: [1, "b"],
    yaml: { a: 1 },
    zod: false,
    openpgp: true,
    date: expect.stringContaining("2026-11-21"),
  });
});

it("refuses a slow library that loads at the start, and names the file that asks for it", () => {
  write("cli/main.ts", 'import { read } from "../schema/read.ts";\nconsole.log(read("a: 1"));\n');
  write(
    "schema/read.ts",
    'import { parse } from "yaml";\nexport const read = (text: string): unknown => parse(text);\n',
  );
  const { status, stderr } = build();
  expect(status).toBe(1);
  expect(stderr).toContain("dist/omg.cjs loads yaml when it starts; import it lazily from: schema/read.ts");
});

it("lets the same library load later", () => {
  write("cli/main.ts", 'void import("../schema/read.ts").then(({ read }) => console.log(read("a: 1").a));\n');
  write("schema/read.ts", 'import { parse } from "yaml";\nexport const read = (text: string) => parse(text);\n');
  expect(build().status).toBe(0);
  expect(node("dist/omg.cjs").stdout).toBe("1\n");
});

it("knows the default of a module and of data that load later", () => {
  write("app/two.ts", "export default 2;\n");
  write("app/three.json", '{ "three": 3 }');
  const read = '(await import("../app/three.json", { with: { type: "json" } })).default.three';
  write("cli/main.ts", `void import("../app/two.ts").then(async ({ default: two }) => console.log(two, ${read}));\n`);
  expect(build().stderr).toBe("");
  expect(node("dist/omg.cjs")).toMatchObject({ stdout: "2 3\n", stderr: "" });
});

it("lets a library load later from compiled code, too, that an earlier run has kept", () => {
  cpSync(join(PROJECT, "bin"), join(folder, "bin"), { recursive: true });
  write("cli/main.ts", 'void import("openpgp").then(({ readKey }) => console.log(typeof readKey));\n');
  expect(build().status).toBe(0);
  const runs = [1, 2, 3, 4].map(() => spawnSync(join(folder, "bin/omg"), { encoding: "utf8" }));
  expect(runs.map(({ stdout, stderr }) => stdout + stderr)).toEqual(Array(4).fill("function\n"));
  const kept = readdirSync(join(folder, "dist/.compile-cache"));
  expect(kept.map((name) => name.split("-v")[0]).sort()).toEqual(["omg", "omg-rest"]);
});

it("puts what commands that only look seldom need into a file of its own, under one name with the other", () => {
  cpSync(join(PROJECT, "bin"), join(folder, "bin"), { recursive: true });
  write("cli/main.ts", 'void import(process.argv.includes("more") ? "../app/more.ts" : "../app/commands/plan.ts");\n');
  write("cli/standing/main.ts", "export const answered = () => false;\n");
  write("app/commands/plan.ts", 'import { both } from "../both.ts";\nconsole.log("plan", both);\n');
  write("app/both.ts", 'export const both = "both";\n');
  write("app/more.ts", 'import { both } from "./both.ts";\nconsole.log("more", both);\n');
  expect(build().stderr).toBe("");
  const read = (name: string) => readFileSync(join(folder, "dist", name), "utf8");
  const first = read("omg.cjs");
  expect([first.includes('"plan"'), first.includes('"more",')]).toEqual([true, false]);
  const run = (...args: readonly string[]) => spawnSync(join(folder, "bin/omg"), args, { encoding: "utf8" });
  expect(run("plan")).toMatchObject({ stdout: "plan both\n", stderr: "" });
  expect(run("plan", "more")).toMatchObject({ stdout: "more both\n", stderr: "" });
  write("dist/omg-rest.cjs", "module.exports = () => ({});");
  expect(run("plan", "more").stderr).toContain("another build of omg was put in the place of this one while it ran");
  rmSync(join(folder, "dist/omg-rest.cjs"));
  expect(run("plan").stderr).toMatch(/^omg: not built yet: \S+omg-rest\.cjs does not exist\.$/m);
  write("app/more.ts", 'console.log("still more");\n');
  build();
  expect(read("omg.cjs")).not.toBe(first);
});

it("gives every part the place of the file that it is in", () => {
  write("cli/main.ts", 'void import("../app/place.ts").then(({ place }) => console.log(place));\n');
  write("app/place.ts", "export const place = import.meta.url;\n");
  expect(build().status).toBe(0);
  expect(node("dist/omg.cjs").stdout).toBe(`${pathToFileURL(join(folder, "dist/omg.cjs")).href}\n`);
});

it("refuses what only works outside a bundle", () => {
  write("cli/main.ts", "console.log(import.meta.dirname);\n");
  const { status, stderr } = build();
  expect(status).toBe(1);
  expect(stderr).toContain("dist/omg.cjs: see the warnings above");
});

it("says which executable has no source, and builds the others", () => {
  rmSync(join(folder, "root/main.ts"));
  const { status, stderr } = build();
  expect(status).toBe(1);
  expect(stderr).toContain("root/main.ts does not exist: dist/omg-root.cjs was not built");
  expect(node("dist/omg.cjs").stdout).toBe("1\n");
  expect(node("dist/apt-hook.cjs").stdout).toBe("3\n");
});

it("leaves nothing of an earlier build", () => {
  write("dist/old.cjs", "");
  write("dist/.compile-cache/omg-1", "");
  for (const name of ["omg", "omg-fast"])
    write(`dist/${name}`, "what native-build.mjs made, which prompts start meanwhile");
  build();
  expect(readdirSync(join(folder, "dist"), { recursive: true }).sort()).toEqual([
    ".compile-cache",
    "apt-hook.cjs",
    "lib",
    "lib/iarna-toml.cjs",
    "lib/openpgp.cjs",
    "lib/openpgp.cjs.LEGAL.txt",
    "lib/sigstore-bundle.cjs",
    "lib/sigstore-protobuf-specs.cjs",
    "lib/sigstore-verify.cjs",
    "lib/tuf-js.cjs",
    "lib/tufjs-models.cjs",
    "lib/yaml.cjs",
    "lib/zod.cjs",
    "omg",
    "omg-fast",
    "omg-fast.cjs",
    "omg-rest.cjs",
    "omg-root.cjs",
    "omg-standing.cjs",
    "omg.cjs",
  ]);
});

it("leaves no old executable behind when the new one does not compile", () => {
  expect(build().status).toBe(0);
  write("cli/main.ts", "const = ;\n");
  const { status, stderr } = build();
  expect(status).toBe(1);
  expect(stderr).toContain("dist/omg.cjs was not built: see the errors above");
  expect(existsSync(join(folder, "dist/omg.cjs"))).toBe(false);
});
