import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const BIN = join(import.meta.dirname, "../../bin");
const { isSupported } = createRequire(import.meta.url)(join(BIN, "start.js")) as {
  isSupported(version: string): boolean;
};

/** Makes Node say it is another version: the real old ones are not at hand where the tests run. */
function pretend(version: string): string {
  return `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`;
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-bin-"));
  cpSync(BIN, join(folder, "clone/bin"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bundle(name: string, text: string): void {
  mkdirSync(join(folder, "clone/dist"), { recursive: true });
  writeFileSync(join(folder, `clone/dist/${name}.mjs`), text);
}

function start(program: string, args: readonly string[] = [], nodeOptions: readonly string[] = []) {
  return spawnSync(process.execPath, [...nodeOptions, program, ...args], { cwd: "/", encoding: "utf8" });
}

function startAs(version: string) {
  const preload = join(folder, "pretend.cjs");
  writeFileSync(preload, pretend(version));
  return start(join(folder, "clone/bin/omg"), [], ["--require", preload]);
}

describe("isSupported", () => {
  it.each(["20.19.0", "20.20.2", "21.0.0", "22.1.0", "24.0.0", "100.0.0"])("accepts %s", (version) => {
    expect(isSupported(version)).toBe(true);
  });

  it.each(["0.10.48", "4.9.1", "8.17.0", "18.20.8", "19.99.0", "20.0.0", "20.9.0", "20.18.3"])("refuses %s", (old) => {
    expect(isSupported(old)).toBe(false);
  });
});

describe.each(["omg", "omg-root"])("bin/%s", (name) => {
  const program = (): string => join(folder, "clone/bin", name);

  it("says how to build when there is no bundle", () => {
    const { status, stdout, stderr } = start(program());
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`${name}: not built yet`);
    expect(stderr).toContain(`cd '${join(folder, "clone")}' && npm ci && npm run build`);
  });

  it("runs its bundle with the arguments, through a chain of symbolic links", () => {
    bundle(name, "console.log(JSON.stringify(process.argv.slice(2)));");
    symlinkSync(program(), join(folder, "first"));
    symlinkSync("first", join(folder, "second"));
    const { status, stdout } = start(join(folder, "second"), ["plan", "--json", "a b"]);
    expect([status, JSON.parse(stdout)]).toEqual([0, ["plan", "--json", "a b"]]);
  });

  it("can be executed by itself", () => {
    bundle(name, "process.exitCode = 7;");
    expect(spawnSync(program(), { cwd: "/" }).status).toBe(7);
  });

  it("ends with 1 when the bundle throws while it loads", () => {
    bundle(name, 'throw new Error("broken bundle");');
    const { status, stderr } = start(program());
    expect(status).toBe(1);
    expect(stderr).toContain("broken bundle");
  });
});

describe("an old Node", () => {
  it("is told what happened and what to do, and nothing is loaded", () => {
    bundle("omg", 'console.log("loaded");');
    const { status, stdout, stderr } = startAs("18.20.8");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^omg: Node\.js 18\.20\.8 is too old: 20\.19 or later is needed\.\n/);
    expect(stderr).toContain("Install Node.js");
  });

  it.each(["omg", "omg-root", "start.js"])("can parse %s, which needs no lowering to ES5", (file) => {
    const text = readFileSync(join(BIN, file), "utf8");
    expect(transformSync(text, { target: "es5" }).code).toBe(transformSync(text, { target: "esnext" }).code);
    expect(text).not.toMatch(/,\s*\)/);
  });
});
