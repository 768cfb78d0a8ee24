import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
  writeFileSync(join(folder, `clone/dist/${name}.cjs`), text);
  const rest = join(folder, "clone/dist/omg-rest.cjs");
  if (!existsSync(rest)) writeFileSync(rest, "");
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

describe.each([
  ["omg", "omg"],
  ["omg-root", "omg-root"],
  ["omg-fast-script", "omg-fast"],
])("bin/%s", (file, name) => {
  const program = (): string => join(folder, "clone/bin", file);

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

describe("compiled code", () => {
  const cache = (): string => join(folder, "clone/dist/.compile-cache");
  const run = (...args: readonly string[]) => start(join(folder, "clone/bin/omg"), args).stdout;
  const kept = () => readdirSync(cache()).map((name) => ({ name, size: statSync(join(cache(), name)).size }));

  it("is kept from the second run of a command on, and used after that", () => {
    bundle("omg", 'function late() { return "late"; }\nconsole.log(late(), process.argv[2] ?? "none");');
    expect([run("plan"), kept().map(({ size }) => size)]).toEqual(["late plan\n", [0]]);
    expect(run("plan")).toBe("late plan\n");
    expect(kept()).toEqual([{ name: expect.stringMatching(/-plan$/), size: expect.any(Number) }]);
    expect(kept()[0]?.size).toBeGreaterThan(100);
    const [before] = kept();
    expect(run("plan")).toBe("late plan\n");
    expect(kept()).toEqual([before]);
    run("check");
    expect(
      kept()
        .map(({ name }) => name.split("-").at(-1))
        .sort(),
    ).toEqual(["check", "plan"]);
  });

  it("grows by what the first long run needs, once", () => {
    const late = `function late() { return [${"'late', ".repeat(2000)}].length; }`;
    const wait = "const end = Date.now() + 400; while (Date.now() < end);";
    bundle("omg", `${late}\nif (process.argv[3] === "long") { ${wait} console.log(late()); }`);
    const only = () => statSync(join(cache(), kept()[0]?.name ?? ""));
    // On a machine that is busy a short run may be a long one: then anew.
    do {
      rmSync(cache(), { recursive: true, force: true });
      for (let times = 0; times < 3; times++) run("plan");
    } while (only().mode % 0o1000 !== 0o644);
    const short = only().size;
    expect(run("plan", "long")).toBe("2000\n");
    expect(only().size).toBeGreaterThan(short + 1000);
    const written = only().mtimeMs;
    expect(run("plan", "long")).toBe("2000\n");
    expect(kept()).toHaveLength(1);
    expect(only().mtimeMs).toBe(written);
  });

  it("is kept apart of what only some commands need, which others have at hand from the start", () => {
    bundle("omg-rest", 'module.exports = "rest";');
    bundle(
      "omg",
      'if (process.argv[3] !== "soon") require("fs").renameSync(process.argv[3], process.argv[3] + ".away");\n' +
        'if (process.argv[3] !== "soon" || process.argv[4]) console.log(require("./omg-rest.cjs"));',
    );
    for (let times = 0; times < 2; times++) run("plan", "soon");
    expect(kept()).toHaveLength(1);
    for (let times = 0; times < 3; times++) expect(run("plan", "soon", "more")).toBe("rest\n");
    expect(
      kept()
        .map(({ name }) => name.split("-v")[0])
        .sort(),
    ).toEqual(["omg", "omg-rest"]);
    // Another build takes the file away.
    expect(run("apply", join(folder, "clone/dist/omg-rest.cjs"))).toBe("rest\n");
  });

  it("of an earlier bundle is not used, though it be of the same length", () => {
    bundle("omg", 'console.log("one");');
    for (let times = 0; times < 3; times++) expect(run("plan")).toBe("one\n");
    bundle("omg", 'console.log("two");');
    for (let times = 0; times < 3; times++) expect(run("plan")).toBe("two\n");
  });

  it("that is broken, or that others could write, is not used", () => {
    bundle("omg", 'console.log("right");');
    for (let times = 0; times < 2; times++) run("plan");
    const file = join(cache(), kept()[0]?.name ?? "");
    const good = readFileSync(file);
    writeFileSync(file, good.subarray(0, good.length / 2));
    expect(run("plan")).toBe("right\n");
    writeFileSync(file, good);
    chmodSync(file, 0o666);
    expect(run("plan")).toBe("right\n");
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  it.runIf(process.getuid?.() === 0)("is nothing that another user trips over, whatever root's umask and modes", () => {
    bundle("omg", 'console.log("right");');
    chmodSync(folder, 0o755);
    const by = (user: number, umask: string) =>
      spawnSync(
        "/bin/sh",
        ["-c", `umask ${umask}; exec "$@"`, "sh", process.execPath, join(folder, "clone/bin/omg"), "plan"],
        {
          cwd: "/",
          encoding: "utf8",
          uid: user,
          gid: user,
          env: { HOME: join(folder, "nobody") },
        },
      );
    by(0, "077");
    expect([statSync(cache()).mode & 0o777, statSync(join(cache(), kept()[0]?.name ?? "")).mode & 0o777]).toEqual([
      0o755, 0o644,
    ]);
    chmodSync(cache(), 0o700);
    expect(by(65534, "022")).toMatchObject({ stdout: "right\n", stderr: "" });
  });

  it("is not kept of a run that fails, nor for what acts as root for others", () => {
    bundle("omg", "process.exitCode = 1;");
    run("plan");
    bundle("omg-root", 'console.log("root");');
    start(join(folder, "clone/bin/omg-root"));
    expect(existsSync(cache())).toBe(false);
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

  it.each(["omg", "omg-root", "omg-fast-script", "start.js"])(
    "can parse %s, which needs no lowering to ES5",
    (file) => {
      const text = readFileSync(join(BIN, file), "utf8");
      expect(transformSync(text, { target: "es5" }).code).toBe(transformSync(text, { target: "esnext" }).code);
      expect(text).not.toMatch(/,\s*\)/);
    },
  );
});
