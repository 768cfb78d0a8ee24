import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
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
    expect(build().stdout).toBe(
      "built dist/omg-fast (static, position-independent)\nbuilt dist/omg (static, position-independent)\n",
    );
    expect(fast("--version").stdout).toBe("omg-fast 0.1.0\n");
    const program = readFileSync(join(folder, "dist/omg-fast"));
    expect(program.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    expect(program.readUInt16LE(16)).toBe(3); // elf(5): ET_DYN
    expect(program.includes("/lib64/ld-linux")).toBe(false);
    expect(readdirSync(join(folder, "dist")).sort()).toEqual(["omg", "omg-fast"]);
  });

  it.each([
    ["*-static-pie*", "static"],
    ["*-static*", "dynamic"],
    ["*-static*|*FORTIFY*", "dynamic, not hardened"],
  ])("that refuses %s, it is %s", (refuses, way) => {
    compiler("cc", refuses);
    expect(build().stdout).toBe(`built dist/omg-fast (${way})\nbuilt dist/omg (${way})\n`);
    expect(fast("--version").stdout).toBe("omg-fast 0.1.0\n");
  });

  it("named by CC, with options, that one is used", () => {
    compiler("my-cc", "*-static*");
    expect(build({ CC: "my-cc -g0" }).stdout).toBe("built dist/omg-fast (dynamic)\nbuilt dist/omg (dynamic)\n");
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
    expect(stdout).toMatch(/^built dist\/omg-fast \(script, .*\)\nbuilt dist\/omg \(script, .*\)\n$/);
    expect(fast("drift", "--format", "x").stdout).toBe("drift,--format,x\n");
    expect(readdirSync(join(folder, "dist")).filter((name) => /^omg(-fast)?\.\d/.test(name))).toEqual([]);
  });

  it("a release that must have it says so", () => {
    const { status, stderr } = build({ OMG_NATIVE: "yes", CC: "false" });
    expect(status).toBe(1);
    expect(stderr).toContain("no C compiler made native/ into a program");
  });
});

describe.runIf(needs("gcc", "libc6-dev"))("installed by npm, which makes a link", () => {
  const npm = (...args: readonly string[]) => {
    const ran = spawnSync(
      "npm",
      [...args, "--global", "--offline", "--no-audit", "--no-fund", "--prefix", join(folder, "prefix")],
      {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          npm_config_cache: join(folder, "npm"),
          npm_config_update_notifier: "false",
        },
        encoding: "utf8",
      },
    );
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
  };
  const command = () => join(folder, "prefix/bin/omg");
  const said = (program = command(), args: readonly string[] = ["plan", "a b"], path = process.env.PATH) => {
    const ran = spawnSync(program, args, { cwd: "/", env: { HOME: folder, PATH: path }, encoding: "utf8" });
    return [ran.status, ran.stdout, ran.stderr];
  };
  const isNative = () => readFileSync(command()).subarray(0, 4).toString("latin1") === "\x7fELF";

  it("omg is the native program where that was built, otherwise Node's script, and does the same", () => {
    mkdirSync(join(folder, "dist"), { recursive: true });
    writeFileSync(join(folder, "dist/omg.cjs"), "console.log(process.argv.slice(1).join()); process.exitCode = 7;");
    writeFileSync(join(folder, "dist/omg-rest.cjs"), "");
    build();
    npm("install", folder);
    expect(isNative()).toBe(true);
    const whole = [7, `${join(folder, "bin/omg")},plan,a b\n`, ""];
    expect(said()).toEqual(whole);
    // Once more, as for another version.
    npm("install", folder);
    expect([isNative(), said()]).toEqual([true, whole]);
    build({ OMG_NATIVE: "no" });
    expect(isNative()).toBe(false);
    expect(said().slice(1)).toEqual([expect.stringMatching(/omg,plan,a b\n$/), ""]);
    build();
    expect(isNative()).toBe(true);
    const nowhere = join(folder, "native");
    expect(said(command(), ["plan"], nowhere)).toEqual(said(join(folder, "bin/omg"), ["plan"], nowhere));
    rmSync(join(folder, "dist/omg.cjs"));
    expect(said()).toEqual(said(join(folder, "bin/omg")));
    expect(said()[2]).toContain("not built yet");
    npm("uninstall", "omg");
    expect(existsSync(command())).toBe(false);
    expect(existsSync(join(folder, "dist/omg"))).toBe(true);
  });
});
