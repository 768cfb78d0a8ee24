import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createFastLab, type FastLab, STRANGER } from "../support/fast-lab.ts";
import { createHereLab, type HereLab } from "../support/here-lab.ts";
import { needs } from "../support/needs.ts";

const PROJECT = join(import.meta.dirname, "../..");

describe.runIf(needs("gcc", "libc6-dev", "root")).each(["native", "script"] as const)("the %s omg-fast", (which) => {
  let fast: FastLab;
  let lab: HereLab;
  beforeAll(() => {
    fast = createFastLab();
    for (const name of ["omg.cjs", "omg-rest.cjs", "lib"])
      cpSync(join(PROJECT, "dist", name), join(fast.folder, name), { recursive: true });
  });
  afterAll(() => fast.dispose());
  beforeEach(() => {
    lab = createHereLab();
    lab.install("node", "20.19.5", "node", "npm");
    lab.install("node", "18.20.4", "node");
    lab.write("project/.nvmrc", "20\n");
  });
  afterEach(() => lab.dispose());

  const command = () => (which === "native" ? [fast.native] : [process.execPath, fast.script]);
  const env = () => ({ HOME: join(lab.folder, "home"), PATH: `/usr/bin:/bin:${join(process.execPath, "..")}` });
  /** Through a shell, which says 128 and its number of a signal that ended a program. */
  const run = (words: readonly string[], { cwd = lab.project, more = {}, shell = '"$@"' } = {}) => {
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-c", `${shell}; exit $?`, "sh", ...command(), ...words], {
      cwd,
      env: { ...env(), ...more },
      encoding: "utf8",
      timeout: 60_000,
      killSignal: "SIGKILL",
    });
    return { code: status, stdout, stderr };
  };
  const cacheFile = () => {
    const folder = join(lab.folder, "home/.cache/omg/resolved");
    return join(folder, readdirSync(folder)[0] ?? "");
  };
  /** From here on, a miss is an error. */
  const withoutNode = () => {
    writeFileSync(join(lab.data, "program"), `${process.execPath}\n/nonexistent\n`);
    renameSync(join(fast.folder, "omg.cjs"), join(fast.folder, "away.cjs"));
    writeFileSync(join(fast.folder, "omg.cjs"), "process.exit(99)");
  };
  const withNode = () => {
    rmSync(join(lab.data, "program"), { force: true });
    if (existsSync(join(fast.folder, "away.cjs")))
      renameSync(join(fast.folder, "away.cjs"), join(fast.folder, "omg.cjs"));
  };
  afterEach(withNode);

  it("runs the version that the folder asks for, with its arguments as they are", () => {
    lab.write("home/.local/share/omg/versions/node/20.19.5/bin/node", '#!/bin/sh\nprintf "<%s>" "$@"\n', 0o755);
    const args = ["a b", "", "line\nbreak", "'\"$(id)`", "-x", "--"];
    expect(run(["exec", "--", "node", ...args])).toEqual({
      code: 0,
      stdout: args.map((each) => `<${each}>`).join(""),
      stderr: "",
    });
    expect(run(["--shim", "node", ...args]).stdout).toBe(args.map((each) => `<${each}>`).join(""));
  });

  it("starts Node once for a folder, and again after each change that could matter", () => {
    mkdirSync(join(lab.project, "a/b"), { recursive: true });
    const inside = { cwd: join(lab.project, "a/b") };
    const version = () => run(["exec", "node"], inside).stdout.trim();
    const steps: readonly (readonly [change: () => void, expected: string])[] = [
      [() => undefined, "node 20.19.5"],
      [() => void lab.write("project/.nvmrc", "18\n"), "node 18.20.4"],
      [() => void lab.write("project/a/.node-version", "20\n"), "node 20.19.5"],
      [() => rmSync(join(lab.project, "a/.node-version")), "node 18.20.4"],
      [() => void lab.install("node", "18.21.0", "node"), "node 18.21.0"],
      [() => rmSync(join(lab.data, "versions/node/18.21.0"), { recursive: true }), "node 18.20.4"],
      [() => void lab.write("project/omg.lock", 'version: 1\nname: p\nruntimes: { node: "20" }\n'), "node 20.19.5"],
      [() => void lab.write("project/omg.lock", 'version: 1\nname: p\nruntimes: { node: "18" }\n'), "node 18.20.4"],
      [() => rmSync(join(lab.project, "omg.lock")), "node 18.20.4"],
    ];
    for (const [change, expected] of steps) {
      change();
      expect(version()).toBe(expected);
      withoutNode();
      expect(version()).toBe(expected);
      withNode();
    }
    // The same size and time, and another content: the inode's own time tells.
    const path = join(lab.project, ".nvmrc");
    utimesSync(path, 1, 1);
    expect(version()).toBe("node 18.20.4");
    writeFileSync(path, "20\n");
    utimesSync(path, 1, 1);
    expect(version()).toBe("node 20.19.5");
  });

  it("keeps a folder apart for each place that versions lie in", () => {
    const more = { XDG_DATA_HOME: join(lab.folder, "elsewhere//") };
    lab.write("elsewhere/omg/versions/node/20.1.0/bin/node", "#!/bin/sh\necho the other\n", 0o755);
    for (let i = 0; i < 2; i += 1) {
      expect(run(["exec", "node"]).stdout).toBe("node 20.19.5\n");
      expect(run(["exec", "node"], { more }).stdout).toBe("the other\n");
    }
    withoutNode();
    writeFileSync(join(lab.folder, "elsewhere/omg/program"), readFileSync(join(lab.data, "program")));
    expect(run(["exec", "node"]).stdout).toBe("node 20.19.5\n");
    expect(run(["exec", "node"], { more }).stdout).toBe("the other\n");
  });

  it("believes no file in the cache that is not its own, whole, and about this folder", () => {
    const spoils: readonly ((path: string) => void)[] = [
      (path) => chmodSync(path, 0o666),
      (path) => chownSync(path, STRANGER, STRANGER),
      (path) => writeFileSync(path, "x"),
      (path) => writeFileSync(path, ""),
      (path) => {
        renameSync(path, `${path}.real`);
        symlinkSync(`${path}.real`, path);
      },
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      (path) => {
        rmSync(path);
        spawnSync("mkfifo", [path]);
      },
    ];
    for (const spoil of spoils) {
      rmSync(join(lab.folder, "home/.cache"), { recursive: true, force: true });
      expect(run(["exec", "node"]).stdout).toBe("node 20.19.5\n");
      const path = cacheFile();
      spoil(path);
      withoutNode();
      expect(run(["exec", "node"]).code).toBe(99);
      withNode();
    }
    rmSync(join(lab.folder, "home/.cache"), { recursive: true, force: true });
    run(["exec", "node"]);
    const path = cacheFile();
    lab.write("other/.nvmrc", "18\n");
    run(["exec", "node"], { cwd: join(lab.folder, "other") });
    const other = readdirSync(join(path, "..")).find((name) => !path.endsWith(name)) ?? "";
    cpSync(join(path, "..", other), path);
    expect(run(["exec", "node"]).stdout).toBe("node 20.19.5\n");
  });

  it("goes on where nothing can be kept", () => {
    lab.write("home/.cache", "a file in the place of the folder");
    expect(run(["exec", "node"])).toEqual({ code: 0, stdout: "node 20.19.5\n", stderr: "" });
    // There a folder that is there says to mkdir(2) that it is not.
    const more = { OMG_CACHE_DIR: "/proc/omg" };
    expect(run(["exec", "node"], { more })).toEqual({ code: 0, stdout: "node 20.19.5\n", stderr: "" });
  });

  it("says how to get a version that is missing, and what is wrong with a file", () => {
    lab.write("project/.nvmrc", "22\n");
    expect(run(["exec", "npm", "ci"])).toEqual({
      code: 127,
      stdout: "",
      stderr: `omg: node 22 is not installed, which ${lab.project}/.nvmrc:1 asks for.\nNext: omg use node 22\n`,
    });
    lab.write("project/package.json", '{"engines":{"deno":">=2 <3"}}');
    expect(run(["exec", "deno"]).stderr).toContain("deno >=2 <3 is not installed");
    expect(run(["exec", "deno"]).stderr).toContain("Next: omg use deno VERSION, with one that answers >=2 <3\n");
    lab.write("project/.nvmrc", "x\u001b[31m\n");
    const { code, stderr } = run(["exec", "node"]);
    expect([code, stderr.includes("\u001b")]).toEqual([127, false]);
    expect(stderr).toContain(`${lab.project}/.nvmrc:1: that is no version`);
  });

  it("ends as the program does, by code and by signal", () => {
    lab.write("home/.local/share/omg/versions/node/20.19.5/bin/node", '#!/bin/sh\neval "$1"\n', 0o755);
    for (const [text, code] of [
      ["exit 0", 0],
      ["exit 7", 7],
      ["kill -TERM $$", 143],
      ["kill -KILL $$", 137],
      ["kill -INT $$", 130],
    ] as const)
      expect([text, run(["exec", "node", text]).code]).toEqual([text, code]);
    chmodSync(join(lab.data, "versions/node/20.19.5/bin/node"), 0o644);
    expect(run(["exec", "node"])).toMatchObject({ code: 126, stderr: expect.stringContaining("could not be started") });
  });

  it("gives programs the folder's versions on PATH, and takes others from PATH", () => {
    lab.write("home/.local/share/omg/versions/node/20.19.5/bin/npm", "#!/usr/bin/env node\n", 0o755);
    expect(run(["exec", "npm", "ci"]).stdout).toMatch(/^node 20\.19\.5 .*\/bin\/npm ci\n$/);
    expect(run(["exec", "sh", "-c", "command -v node"]).stdout).toBe(`${lab.data}/versions/node/20.19.5/bin/node\n`);
    expect(run(["exec", "/bin/echo", "x"]).stdout).toBe("x\n");
    expect(run(["exec", "--", "no-such-program"])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("no-such-program"),
    });
    lab.install("java", "21.0.4", "java");
    lab.write("project/.java-version", "21\n");
    expect(run(["exec", "sh", "-c", "echo $JAVA_HOME"]).stdout).toBe(`${lab.data}/versions/java/21.0.4\n`);
  });

  it("never comes back to itself through the shims", () => {
    const shims = join(lab.data, "shims");
    // From then on omg-fast knows which Node to start.
    run(["exec", "node"]);
    mkdirSync(shims);
    symlinkSync(fast.native, join(shims, "node"));
    symlinkSync(fast.native, join(shims, "elsewhere"));
    rmSync(join(lab.project, ".nvmrc"));
    const more = { PATH: `${shims}:/usr/bin:/bin` };
    lab.write("tools/node", "#!/bin/sh\necho the node of PATH\n", 0o755);
    expect(
      run(["exec", "node"], { more: { PATH: `${shims}:${join(lab.folder, "tools")}:/usr/bin:/bin` } }).stdout,
    ).toBe("the node of PATH\n");
    expect(run(["exec", "elsewhere"], { more }).code).toBe(127);
    if (which === "native") {
      lab.write("project/.nvmrc", "18\n");
      const { stdout } = spawnSync(join(shims, "node"), ["x"], {
        cwd: lab.project,
        env: { ...env(), ...more },
        encoding: "utf8",
      });
      expect(stdout).toBe("node 18.20.4 x\n");
    }
  });

  it("is the program of PATH in a folder that is gone, or that no text names", () => {
    lab.write("tools/node", "#!/bin/sh\necho the node of PATH\n", 0o755);
    const more = { PATH: `${join(lab.folder, "tools")}:/usr/bin:/bin` };
    mkdirSync(join(lab.project, "gone"));
    const gone = run(["exec", "node"], { more, shell: 'cd gone; rmdir "$PWD"; "$@"' });
    expect(gone.stdout).toBe("the node of PATH\n");
    expect(
      run(["exec", "node"], { more, shell: 'mkdir "$(printf "\\377")"; cd "$(printf "\\377")"; "$@"' }).stdout,
    ).toBe("the node of PATH\n");
  });

  it("refuses a relative variable, a home that is none, and no command at all", () => {
    expect(run(["exec", "node"], { more: { OMG_CACHE_DIR: "here" } })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("OMG_CACHE_DIR is not an absolute path."),
    });
    expect(run(["exec"])).toMatchObject({
      code: 1,
      stderr: "omg-fast: exec needs a command.\nNext: omg-fast exec -- COMMAND [ARGUMENT...]\n",
    });
    expect(run(["exec", "--"]).code).toBe(1);
    expect(run(["exec", "--version"]).code).toBe(1);
  });
});

/** What was never freed goes with the process. */
const SANITIZER = { ASAN_OPTIONS: "detect_leaks=0" };

describe.runIf(needs("gcc", "libc6-dev", "root"))("both ways of omg-fast hook", () => {
  let fast: FastLab;
  let lab: HereLab;
  beforeAll(() => {
    fast = createFastLab({ sanitized: true });
    for (const name of ["omg.cjs", "omg-rest.cjs", "lib"])
      cpSync(join(PROJECT, "dist", name), join(fast.folder, name), { recursive: true });
    lab = createHereLab();
    lab.install("node", "20.19.5", "node");
    lab.write("project/.nvmrc", "20\n");
    lab.write("project/.java-version", "21\n");
    lab.write("project/s3", "from a file\n");
    lab.write(
      "project/omg.lock",
      `version: 1\nname: p\nenv: { A: "it's \\\\ %", FILE: { from: file, name: s3 }, CMD: { from: command, name: "echo 'x'" }, MORE: { from: env, name: NONE } }\naliases: { ll: "ls -l" }\n`,
    );
    const env = { HOME: join(lab.folder, "home"), PATH: `/usr/bin:/bin:${join(process.execPath, "..")}` };
    spawnSync(process.execPath, [join(fast.folder, "omg.cjs"), "allow"], { cwd: lab.project, env });
  });
  afterAll(() => {
    fast.dispose();
    lab.dispose();
  });

  const dirs = () => [join(lab.data, "versions/node/20.19.5/bin"), "/x"].map((path) => `${path}:`).join("");
  const bin = () => encodeURIComponent(dirs()).replaceAll("%2F", "/").replaceAll("%3A", ":");
  type Case = readonly [name: string, env: () => Readonly<Record<string, string>>, cwd: string | undefined];
  const CASES: readonly Case[] = [
    ["at first", () => ({}), undefined],
    ["elsewhere", () => ({}), "/"],
    [
      "from a folder like it",
      () => ({ A: "new", __OMG_STATE: `1 P${bin()} SA=old%20one UFILE`, PATH: `${dirs()}/usr/bin:` }),
      undefined,
    ],
    [
      "back from it",
      () => ({ A: "new", FILE: "y", __OMG_STATE: `1 P${bin()} SA=old%20one UFILE`, PATH: `${dirs()}/usr/bin:` }),
      "/",
    ],
    ["with PATH changed meanwhile", () => ({ __OMG_STATE: `1 P${bin()}`, PATH: `/mine:${dirs()}/usr/bin` }), "/"],
    [
      "with the folders at the end",
      () => ({ __OMG_STATE: `1 P${bin()}`, PATH: `/usr/bin:/x:${dirs()}`.replace(/:$/, "") }),
      "/",
    ],
    ["with a command that was run", () => ({ CMD: "x", __OMG_STATE: "1 UCMD CCMD=b4b6644f9c809fa4" }), undefined],
    ["with a command that is another", () => ({ CMD: "x", __OMG_STATE: "1 UCMD CCMD=0000000000000000" }), undefined],
    ...[
      "",
      "1",
      "2 UA",
      "1  UA",
      "1 UA%",
      "1 UA%0",
      "1 UA%00",
      "1 S=x",
      "1 SA",
      "1 UA=x",
      "1 X",
      "1 U",
      "1 CA",
      "1 SA=%41%c3",
      "1 U;id",
      "1 UA%3Bid",
      "1 S$(id)=x",
      "1 P;id:",
      "1 P",
      "1 P:",
      "1 P/usr/bin",
      "1 P/usr/bin: P/x",
      "1 P/usr/bin: UA",
    ].map((state): Case => [`with the state ${JSON.stringify(state)}`, () => ({ A: "kept", __OMG_STATE: state }), "/"]),
  ];

  it.each(CASES)("say the same %s", (_name, more, cwd) => {
    const env = {
      HOME: join(lab.folder, "home"),
      PATH: `/usr/bin:/bin:${join(process.execPath, "..")}`,
      ...SANITIZER,
      ...more(),
    };
    for (const shell of ["bash", "zsh", "fish"]) {
      const run = (words: readonly string[]) => {
        const [file = "", ...args] = words;
        const ran = spawnSync(file, [...args, "hook", shell], { cwd: cwd ?? lab.project, env, encoding: "utf8" });
        return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
      };
      const native = run([fast.native]);
      expect(native.code).toBe(0);
      expect(run([process.execPath, fast.script])).toEqual(native);
    }
  });

  it("run a command once, and again when it is another", () => {
    const env = { HOME: join(lab.folder, "home"), PATH: "/usr/bin:/bin", CMD: "x", ...SANITIZER };
    const code = (state: string) =>
      spawnSync(fast.native, ["hook", "bash"], {
        cwd: lab.project,
        env: { ...env, __OMG_STATE: state },
        encoding: "utf8",
      }).stdout;
    const [, hash] = / CCMD=([0-9a-f]+)/.exec(code("")) ?? [];
    expect(code("")).toContain('export CMD="$(command sh -c');
    expect(code(`1 UCMD CCMD=${hash}`)).not.toContain('CMD="$(');
    expect(code("1 UCMD CCMD=0123456789abcdef")).toContain('export CMD="$(command sh -c');
  });

  it("survive any state that the environment may hold", () => {
    const part = fc.constantFrom(
      " ",
      "1 ",
      "P",
      "/x",
      "/",
      ":",
      "SA",
      "UA",
      "CMD",
      "M",
      "=",
      "%41",
      "%00",
      "%",
      "é",
      ";",
    );
    const state = fc.array(part, { maxLength: 12 }).map((parts) => `1 ${parts.join("")}`);
    const path = fc.constantFrom("", ":", "/x", "/x:", "/x:/usr/bin", ":/usr/bin:/x");
    fc.assert(
      fc.property(state, path, (__OMG_STATE, PATH) => {
        const env = { HOME: join(lab.folder, "home"), PATH, __OMG_STATE, ...SANITIZER };
        const ran = spawnSync(fast.native, ["hook", "bash"], { cwd: lab.project, env, encoding: "utf8" });
        expect(ran).toMatchObject({ status: 0, stderr: expect.not.stringContaining("Sanitizer") });
      }),
      { numRuns: 300 },
    );
  });
});
