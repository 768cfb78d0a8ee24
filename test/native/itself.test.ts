import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { frameOf } from "../../schema/wire/frames.ts";
import { SOURCES, STRICT } from "../../scripts/native.mjs";
import { SANITIZED } from "../support/fast-lab.ts";
import { needs } from "../support/needs.ts";

const PROJECT = join(import.meta.dirname, "../..");
/** Says what it was given, to the byte. */
const SCRIPT = '#!/bin/sh\nprintf "%s\\n" "$0" "$@"\nexit 42\n';

describe.runIf(needs("gcc", "libc6-dev", "root"))("omg, where it is the native front", () => {
  let folder: string;
  const place = (name: string) => join(folder, name);
  const script = (text: string) => {
    rmSync(place("bin/omg"), { force: true });
    writeFileSync(place("bin/omg"), text, { mode: 0o755 });
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-itself-"));
    chmodSync(folder, 0o755);
    for (const name of ["bin", "dist", "runtime", "elsewhere"]) mkdirSync(place(name));
    const named = ["-DOMG_ITSELF", '-DOMG_BUILD="0123456789abcdef"'];
    execFileSync("gcc", [...STRICT, ...SANITIZED, ...named, "-o", place("dist/omg"), ...SOURCES]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(() => script(SCRIPT));

  const env = (): Record<string, string> => ({
    PATH: "/usr/bin:/bin",
    HOME: folder,
    OMG_RUNTIME_DIR: place("runtime"),
    OMG_CACHE_DIR: place("cache"),
    ASAN_OPTIONS: "detect_leaks=0",
  });
  const run = (args: readonly string[], { program = place("dist/omg"), around = "", more = {} } = {}) => {
    const words = around === "" ? [program, ...args] : ["sh", "-c", around, "sh", program, ...args];
    const [file = "", ...rest] = words;
    const { status, signal, stdout, stderr } = spawnSync(file, rest, {
      cwd: "/",
      env: { ...env(), ...more },
      input: "typed\n",
      encoding: "latin1",
    });
    return { status, signal, stdout, stderr };
  };

  it.each<readonly (readonly string[])[]>([
    [[]],
    [["apply", "--yes"]],
    [["exec", "--", "a b", "", "c\nd", "--", "*", "'\"$x"]],
    [["--version"]],
    [["plan"]],
    [["search", "x"]],
    [["status"]],
    [["--shim", "node"]],
    [["hook", "bash"]],
  ])("has bin/omg do what it does not do itself, with the same words: %j", (args) => {
    const said = [place("bin/omg"), ...args].map((word) => `${word}\n`).join("");
    expect(run(args)).toEqual({ status: 42, signal: null, stdout: said, stderr: "" });
  });

  it("is found by links of any name, and from anywhere", () => {
    symlinkSync("../dist/omg", place("elsewhere/my-omg"));
    symlinkSync(place("elsewhere/my-omg"), place("elsewhere/node"));
    for (const name of ["my-omg", "node"])
      expect(run(["why", "x"], { program: place(`elsewhere/${name}`) }).stdout).toBe(`${place("bin/omg")}\nwhy\nx\n`);
    expect(run(["lock"], { around: `cd ${place("elsewhere")} && shift && exec ./my-omg "$@"` }).status).toBe(42);
  });

  it("takes words that are no text, its surroundings and its input along", () => {
    script('#!/bin/sh\nprintf "%s" "$1" | od -An -tx1\necho "$NODE_OPTIONS $OMG_X"\ncat\n');
    const ran = run([], {
      around: '"$1" "$(printf "\\377\\376")"',
      more: { NODE_OPTIONS: "--no-warnings", OMG_X: "kept" },
    });
    expect(ran.stdout).toBe(" ff fe\n--no-warnings kept\ntyped\n");
  });

  it("ends as bin/omg does, by code or signal, and leaves signals as they were", () => {
    script("#!/bin/sh\nkill -TERM $$\n");
    expect(run(["plan"])).toMatchObject({ status: null, signal: "SIGTERM" });
    script("#!/bin/sh\ngrep SigIgn /proc/self/status\n");
    const ignored = (around: string) => Number.parseInt(run(["plan"], { around }).stdout.slice(7), 16);
    const PIPE = 1 << 12;
    expect(ignored('exec "$@"') & PIPE).toBe(0);
    expect(ignored('trap "" PIPE; exec "$@"') & PIPE).toBe(PIPE);
  });

  it("says what env(1) says where there is no Node", () => {
    rmSync(place("bin"), { recursive: true });
    cpSync(join(PROJECT, "bin"), place("bin"), { recursive: true, verbatimSymlinks: true });
    mkdirSync(place("tools"), { recursive: true });
    const before = spawnSync(place("bin/omg"), ["plan"], {
      env: { ...env(), PATH: place("tools") },
      encoding: "latin1",
    });
    const { status, stdout, stderr } = run(["plan"], { more: { PATH: place("tools") } });
    expect({ status, stdout, stderr }).toEqual({ status: 127, stdout: before.stdout, stderr: before.stderr });
    expect(stderr).toContain("node");
  });

  it("says where bin/omg is gone, and ends", () => {
    rmSync(place("bin/omg"), { force: true });
    expect(run(["plan"])).toMatchObject({ status: 126, stdout: "", stderr: expect.stringMatching(/^omg: .*\nNext: /) });
  });

  it("has omgd answer what that may, and prints that", async () => {
    const bytes = Buffer.concat(
      [{ out: Buffer.from("said\n") }, { exit: 7 }].map((it) => frameOf({ v: 1, id: 1, ...it })),
    );
    const server = createServer((socket) => socket.on("error", () => undefined).on("data", () => socket.end(bytes)));
    await new Promise<void>((done) => server.listen(place("runtime/query.sock"), done));
    const asked = (args: readonly string[], more: Record<string, string> = {}) =>
      new Promise<readonly [number | null, string]>((done) => {
        const child = spawn(place("dist/omg"), args, {
          cwd: "/",
          env: { ...env(), ...more },
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        child.stdout.on("data", (piece) => {
          text += piece;
        });
        child.once("close", (code) => done([code, text]));
      });
    // A machine that is busy may take longer than the front waits.
    let ended = await asked(["search", "x"]);
    for (let tries = 0; ended[0] === 42 && tries < 300; tries += 1) ended = await asked(["search", "x"]);
    expect(ended).toEqual([7, "said\n"]);
    expect(await asked(["plan"])).toEqual([42, `${place("bin/omg")}\nplan\n`]);
    expect((await asked(["search", "x"], { NODE_OPTIONS: "--no-warnings" }))[0]).toBe(42);
    await new Promise((done) => server.close(done));
  });
});
