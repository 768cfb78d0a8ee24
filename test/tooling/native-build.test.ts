import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";

const PROJECT = join(import.meta.dirname, "../..");

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "omg-native-"));
  for (const name of ["bin", "native", "scripts/native.mjs", "scripts/native-build.mjs", "package.json"])
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true, verbatimSymlinks: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function build(env: Readonly<Record<string, string>> = {}) {
  const path = { PATH: `${join(folder, "tools")}:/usr/bin:/bin` };
  return spawnSync(process.execPath, ["scripts/native-build.mjs"], {
    cwd: folder,
    env: { ...path, ...env },
    encoding: "utf8",
  });
}

/** A compiler of another kind: it refuses what `refuses` matches, and leaves the rest to gcc. */
function compiler(name: string, refuses: string): void {
  mkdirSync(join(folder, "tools"), { recursive: true });
  const path = join(folder, "tools", name);
  writeFileSync(path, `#!/bin/sh\ncase "$*" in ${refuses}) exit 1 ;; esac\nexec /usr/bin/gcc "$@"\n`);
  chmodSync(path, 0o755);
}

const fast = (...args: readonly string[]) =>
  spawnSync(join(folder, "bin/omg-fast"), args, {
    encoding: "utf8",
    env: { PATH: process.env.PATH, OMG_RUNTIME_DIR: folder },
  });

describe.runIf(needs("gcc", "libc6-dev"))("where a C compiler is", () => {
  it("bin/omg-fast is a static program that cannot be moved by an overflow", () => {
    expect(build().stdout).toBe("built dist/omg-fast (static, position-independent)\n");
    expect(fast("--version").stdout).toBe("omg-fast 0.1.0\n");
    const program = readFileSync(join(folder, "dist/omg-fast"));
    expect(program.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    expect(program.readUInt16LE(16)).toBe(3); // elf(5): ET_DYN
    expect(program.includes("/lib64/ld-linux")).toBe(false);
    expect(readdirSync(join(folder, "dist"))).toEqual(["omg-fast"]);
  });

  it.each([
    ["*-static-pie*", "static"],
    ["*-static*", "dynamic"],
    ["*-static*|*FORTIFY*", "dynamic, not hardened"],
  ])("that refuses %s, it is %s", (refuses, way) => {
    compiler("cc", refuses);
    expect(build().stdout).toBe(`built dist/omg-fast (${way})\n`);
    expect(fast("--version").stdout).toBe("omg-fast 0.1.0\n");
  });

  it("named by CC, with options, that one is used", () => {
    compiler("my-cc", "*-static*");
    expect(build({ CC: "my-cc -g0" }).stdout).toBe("built dist/omg-fast (dynamic)\n");
  });

  it("a program of an earlier build is replaced as a whole", () => {
    build();
    const before = lstatSync(join(folder, "dist/omg-fast")).ino;
    build();
    expect(lstatSync(join(folder, "dist/omg-fast")).ino).not.toBe(before);
  });
});

describe("where none is, or none that works", () => {
  const bundled = () => {
    mkdirSync(join(folder, "dist"), { recursive: true });
    writeFileSync(join(folder, "dist/omg-fast.cjs"), "console.log(process.argv.slice(2).join());");
  };

  it.each([
    ["is not wanted", { OMG_NATIVE: "no" }],
    ["fails", { CC: "false" }],
    ["is not there", { CC: "no-such-compiler" }],
    ["makes programs that do not run", { CC: "cp /bin/false" }],
  ])("because it %s, bin/omg-fast starts the script", (_, env) => {
    bundled();
    const { status, stdout, stderr } = build(env);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^built dist\/omg-fast \(script, .*\)\n$/);
    expect(fast("drift", "--format", "x").stdout).toBe("drift,--format,x\n");
    expect(readdirSync(join(folder, "dist")).filter((name) => /^omg-fast\.\d/.test(name))).toEqual([]);
  });

  it("a release that must have it says so", () => {
    const { status, stderr } = build({ OMG_NATIVE: "yes", CC: "false" });
    expect(status).toBe(1);
    expect(stderr).toContain("no C compiler made native/ into a program");
  });
});
