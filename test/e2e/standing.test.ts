import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeKept, encodeKept, type Kept } from "../../app/standing/kept.ts";
import { questionOf } from "../../cli/standing/question.ts";
import { decodeStatus } from "../../schema/wire/status.ts";
import { DIST, frontSays, HANDED_OVER } from "../support/fronts.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, OMG, type OmgLab } from "../support/omg-lab.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { createPacmanOmgLab, type PacmanOmgLab } from "../support/pacman-omg-lab.ts";

type Lab = Pick<OmgLab, "omg" | "expect" | "env" | "project">;

/** An answer as it is kept; tests put a mark into its text, which only a run that believed it can print. */
type Changeable = { -readonly [K in keyof Kept]: Kept[K] };

function keptOf(lab: Lab): { path(): string; read(): Kept; change(change: (kept: Changeable) => void): void } {
  const folder = join(lab.env.OMG_CACHE_DIR ?? "", "standing");
  const path = () => join(folder, readdirSync(folder).find((name) => /^[0-9a-f]{16}$/.test(name)) ?? "");
  const read = () => {
    const kept = decodeKept(readFileSync(path()));
    if (kept === undefined) throw new Error(`${path()} is no kept answer`);
    return kept;
  };
  return {
    path,
    read,
    change: (change) => {
      const kept = { ...read() };
      change(kept);
      writeFileSync(path(), encodeKept(kept));
    },
  };
}

const textIn = (lab: Lab): string => String(Buffer.from(keptOf(lab).read().text));

/** Asks until the answer is kept: the first runs fill other caches, and may ask other programs. */
async function settle(lab: Lab, ...args: readonly string[]): Promise<void> {
  const folder = join(lab.env.OMG_CACHE_DIR ?? "", "standing");
  rmSync(folder, { recursive: true, force: true });
  for (let tries = 0; tries < 4; tries += 1) {
    await lab.expect(0, ...args);
    if (existsSync(folder)) return;
  }
  throw new Error(`no answer of omg ${args.join(" ")} is kept`);
}

function mark(lab: Lab): void {
  keptOf(lab).change((kept) => {
    kept.text = Buffer.from("MARK\n");
  });
}

/** Whether a run believes the kept answer: of Node, and of the native front, which have to agree. */
async function isBelieved(lab: Lab, ...args: readonly string[]): Promise<boolean> {
  mark(lab);
  const front = frontSays(lab, args);
  const { stdout } = await lab.omg(args);
  expect(front).toBe(stdout === "MARK\n" ? stdout : HANDED_OVER);
  return stdout === "MARK\n";
}

/** What the kernel sees a run of the long way do with names of files. */
function traceOf(lab: Lab, args: readonly string[]): readonly string[] {
  const log = join(lab.project, "..", "strace.log");
  execFileSync("strace", ["-f", "-e", "trace=%file", "-s", "4096", "-o", log, process.execPath, OMG, ...args], {
    cwd: lab.project,
    env: { ...lab.env },
  });
  return readFileSync(log, "latin1").split("\n");
}

function openedOf(lab: Lab, ...args: readonly string[]): readonly string[] {
  return traceOf(lab, args).flatMap((line) => /openat\(AT_FDCWD, "([^"]*)"/.exec(line)?.slice(1) ?? []);
}

/** Paths that a run of the long way looks at. */
function looksOf(lab: Lab, ...args: readonly string[]): readonly string[] {
  const lines = traceOf(lab, args);
  const started = lines.findLastIndex((line) => line.includes("/.compile-cache/"));
  return lines.slice(started + 1).flatMap((line) => {
    const [, call = "", path = "", rest = ""] = /^\d+ +(\w+)\((?:AT_FDCWD, )?"([^"]*)"(.*)$/.exec(line) ?? [];
    const isWrite = /O_WRONLY|O_RDWR|O_CREAT/.test(rest) || ["rename", "unlink", "mkdir"].includes(call);
    return path.startsWith("/") && !isWrite ? [path.replace(/(?<=.)\/$/, "")] : [];
  });
}

/** What Node and the C library look at by themselves, omg's own program and Node's, and what omg wrote. */
function isAside(lab: Lab, path: string): boolean {
  const own = [
    join(OMG, "../.."),
    process.execPath,
    lab.env.OMG_RUNTIME_DIR ?? "",
    join(lab.env.OMG_CACHE_DIR ?? "", "standing"),
  ];
  const system = [
    "/proc",
    "/sys",
    "/dev",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/localtime",
    "/etc/ssl",
    "/usr/share/zoneinfo",
  ];
  return (
    [...own, ...system].some((each) => path === each || path.startsWith(`${each}/`)) ||
    /\/\.omg-[0-9a-f]{16}\.tmp$/.test(path)
  );
}

/** Links are followed name by name; of those, what lies at the end of the path is what was asked about. */
function forgotten(lab: Lab, ...args: readonly string[]): readonly string[] {
  rmSync(join(lab.env.OMG_CACHE_DIR ?? "", "standing"), { recursive: true });
  const looks = new Set(looksOf(lab, ...args));
  const stamped = new Set(
    keptOf(lab)
      .read()
      .stamps.map(([path]) => path),
  );
  const onTheWay = new Set([...looks, ...stamped].flatMap((path) => parentsOf(path)));
  return [...looks].filter((path) => !stamped.has(path) && !onTheWay.has(path) && !isAside(lab, path)).sort();
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index).join("/") || "/");
}

describe.runIf(needs("apt-utils", "gpg", "strace", "git", "root"))("an answer that still stands, on Debian", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab();
    lab.writeLock(lockOf({ "omg-app": "2.0" }));
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
  });
  afterAll(() => lab.dispose());

  it("is given again, to the byte, with the status as of now", async () => {
    await settle(lab, "plan");
    const text = textIn(lab);
    const status = join(lab.env.OMG_RUNTIME_DIR ?? "", "omg.status");
    const published = readFileSync(status);
    rmSync(status);
    const again = await lab.expect(0, "plan");
    expect([again.stdout, again.stderr]).toEqual([text, ""]);
    expect(text).toMatch(/^Nothing to do: \d+ entries of the lock as wanted\.$/m);
    expect({ ...decodeStatus(readFileSync(status)), timestamp: 0 }).toEqual({
      ...decodeStatus(published),
      timestamp: 0,
    });
    expect(await isBelieved(lab, "plan")).toBe(true);
  });

  it("was read from nothing that its stamps do not have", async () => {
    await settle(lab, "plan");
    expect(forgotten(lab, "plan")).toEqual([]);
    expect(
      keptOf(lab)
        .read()
        .stamps.map(([path]) => path),
    ).toEqual(
      expect.arrayContaining([
        join(lab.apt.root, "var/lib/dpkg/status"),
        join(lab.apt.root, "var/lib/dpkg/updates"),
        join(lab.apt.root, "etc/apt/preferences.d"),
        join(lab.env.OMG_CONFIG_DIR ?? "", "policy.toml"),
        join(lab.env.OMG_DATA_DIR ?? "", "audit/audit.jsonl"),
      ]),
    );
  });

  it.each(["plan", "check"])("is worked out anew by %s without the rest of the program", (command) => {
    for (const when of ["first", "again"]) {
      rmSync(join(lab.env.OMG_CACHE_DIR ?? "", when === "first" ? "" : "standing"), { recursive: true, force: true });
      const opened = openedOf(lab, command).map((path) => basename(path));
      expect(opened).toContain("omg.cjs");
      expect(opened).not.toContain("omg-rest.cjs");
    }
  });

  const inRoot = (path: string) => join(lab.apt.root, path);
  const status = () => inRoot("var/lib/dpkg/status");
  const nothing = () => undefined;
  it.each<[string, happens: () => unknown, takenBack: () => unknown]>([
    [
      "a package is removed",
      () => lab.apt.dpkg("--remove", "--force-depends", "omg-lib"),
      () => lab.apt.aptOk("--yes", "--fix-broken", "install"),
    ],
    ["a mark is set", () => lab.apt.aptMark("auto", "omg-app"), () => lab.apt.aptMark("manual", "omg-app")],
    ["a hold is set", () => lab.apt.aptMark("hold", "omg-app"), () => lab.apt.aptMark("unhold", "omg-app")],
    [
      "dpkg was interrupted",
      () => writeFileSync(inRoot("var/lib/dpkg/updates/0001"), ""),
      () => rmSync(inRoot("var/lib/dpkg/updates/0001")),
    ],
    [
      "a file is other bytes of the same size and time",
      () => {
        const { atime, mtime } = statSync(status());
        writeFileSync(status(), readFileSync(status(), "utf8").replace("omg-app", "omg-apq"));
        utimesSync(status(), atime, mtime);
      },
      () => writeFileSync(status(), readFileSync(status(), "utf8").replace("omg-apq", "omg-app")),
    ],
    [
      "a file is another of the same bytes, size and time",
      () => {
        const { atime, mtime } = statSync(status());
        cpSync(status(), `${status()}.new`);
        utimesSync(`${status()}.new`, atime, mtime);
        renameSync(`${status()}.new`, status());
      },
      nothing,
    ],
    ["the lock has another comment", () => lab.writeLock(`${lab.readLock()}# a word\n`), nothing],
    [
      "apt has a preference",
      () => writeFileSync(inRoot("etc/apt/preferences.d/one"), "Package: omg-x\nPin: version 1\nPin-Priority: 9\n"),
      () => rmSync(inRoot("etc/apt/preferences.d/one")),
    ],
    [
      "apt has a configuration more",
      () => writeFileSync(inRoot("etc/apt/apt.conf.d/one"), 'APT::Get::Assume-No "false";\n'),
      () => rmSync(inRoot("etc/apt/apt.conf.d/one")),
    ],
    ["apt's lists are new", () => lab.apt.aptOk("update"), nothing],
    ["there is a policy", () => writeFileSync(join(lab.project, "policy.toml"), "version = 1\n"), nothing],
    [
      "there is a configuration",
      () => {
        mkdirSync(lab.env.OMG_CONFIG_DIR ?? "", { recursive: true });
        writeFileSync(join(lab.env.OMG_CONFIG_DIR ?? "", "config.toml"), "");
      },
      nothing,
    ],
    ["the folder belongs to a repository", () => execFileSync("git", ["init", "--quiet", lab.project]), nothing],
    ["the repository has a commit", () => commit(), nothing],
    [
      "an apply was cut off",
      () => appendFileSync(join(lab.env.OMG_DATA_DIR ?? "", "audit/audit.jsonl"), "{"),
      () => lab.omg(["apply", "--yes"]),
    ],
    [
      "an hour has gone by",
      () =>
        keptOf(lab).change((kept) => {
          kept.made -= 3_600_001;
        }),
      nothing,
    ],
    [
      "the clock was set back",
      () =>
        keptOf(lab).change((kept) => {
          kept.made += 60_000;
        }),
      nothing,
    ],
  ])("is not, once %s", async (_, happens, takeBack) => {
    await settle(lab, "plan");
    await happens();
    expect(await isBelieved(lab, "plan")).toBe(false);
    await takeBack();
  });

  function commit(): void {
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: lab.project });
    git("add", "omg.lock");
    git("commit", "--quiet", "--message", "lock");
  }

  it("is not, once a part of it is lost", async () => {
    await settle(lab, "plan");
    const whole = readFileSync(keptOf(lab).path());
    writeFileSync(keptOf(lab).path(), whole.subarray(0, -5));
    expect(frontSays(lab, ["plan"])).toBe(HANDED_OVER);
    const { stdout } = await lab.expect(0, "plan");
    expect(stdout).toMatch(/as wanted\.\n$/);
  });

  it("is given of a bill of materials, until a copyright file says another thing", async () => {
    const copyright = inRoot("usr/share/doc/omg-app/copyright");
    mkdirSync(dirname(copyright), { recursive: true });
    const says = (license: string) =>
      writeFileSync(
        copyright,
        `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: a\nLicense: ${license}\n`,
      );
    says("MIT");
    await settle(lab, "audit", "sbom");
    const text = textIn(lab);
    expect(text).toContain('"id": "MIT"');
    expect((await lab.expect(0, "audit", "sbom")).stdout).toBe(text);
    expect(await isBelieved(lab, "audit", "sbom", "--format", "cyclonedx-1.5")).toBe(false);
    await settle(lab, "audit", "sbom");
    expect(forgotten(lab, "audit", "sbom")).toEqual([]);
    says("ISC");
    expect((await lab.expect(0, "audit", "sbom")).stdout).toContain('"id": "ISC"');
  });

  it("is for the same words in the same surroundings", async () => {
    await settle(lab, "plan");
    expect(await isBelieved(lab, "plan", "--locked")).toBe(false);
    mark(lab);
    const asked = async (env: Readonly<Record<string, string>>) => [
      frontSays(lab, ["plan"], { env }),
      (await lab.omg(["plan"], { env })).stdout,
    ];
    expect(await asked({ SHLVL: "7", _: "x" })).toEqual(["MARK\n", "MARK\n"]);
    expect(await asked({ NEW: "" })).toEqual([HANDED_OVER, expect.stringMatching(/^Nothing to do/m)]);
  });

  it("is for the same environment, whatever the order and the writing of it", async () => {
    rmSync(join(lab.env.OMG_CACHE_DIR ?? "", "standing"), { recursive: true, force: true });
    const env = { ZZ: "\u{1f600}\u{e000}", A_: "a", A: "\t=", A1: "", a: "1\n2" };
    await lab.omg(["plan"], { env });
    await lab.omg(["plan"], { env });
    mark(lab);
    const backwards = Object.fromEntries(Object.entries(env).reverse());
    expect(frontSays(lab, ["plan"], { env: backwards })).toBe("MARK\n");
    expect((await lab.omg(["plan"], { env: backwards })).stdout).toBe("MARK\n");
  });

  it("is for the same build, Node and user, and for nobody who wants more of Node", async () => {
    await settle(lab, "plan");
    mark(lab);
    const front = (about: Parameters<typeof frontSays>[2]) => frontSays(lab, ["plan"], about);
    const copies = join(lab.project, "../copies");
    mkdirSync(copies);
    expect(front({ first: "true" })).toBe("MARK\n");
    expect(front({ first: `cp -p ${DIST}/omg.cjs ${copies} && mount --bind ${copies}/omg.cjs ${DIST}/omg.cjs` })).toBe(
      HANDED_OVER,
    );
    cpSync(process.execPath, join(copies, "node"));
    expect(front({ env: { PATH: `${copies}:${lab.env.PATH}` } })).toBe(HANDED_OVER);
    expect(front({ env: { PATH: `:${lab.env.PATH}` } })).toBe(HANDED_OVER);
    expect(front({ before: ["setpriv", "--groups", "7"] })).toBe(HANDED_OVER);
    expect(front({ before: ["setpriv", "--reuid", "1000", "--clear-groups"] })).toBe(HANDED_OVER);
    chownSync(keptOf(lab).path(), 1000, 1000);
    expect(front({ before: ["setpriv", "--reuid", "1000", "--clear-groups"] })).toBe(HANDED_OVER);
    expect(front({})).toBe(HANDED_OVER);
    chownSync(keptOf(lab).path(), 0, 0);
    chmodSync(keptOf(lab).path(), 0o620);
    expect(front({})).toBe(HANDED_OVER);
    chmodSync(keptOf(lab).path(), 0o600);
    expect(front({ env: { NODE_OPTIONS: "--no-warnings" } })).toBe(HANDED_OVER);
    expect(front({})).toBe("MARK\n");
  });

  it("is for a terminal of the same width", () => {
    const shown = (columns: number, program: string) => {
      const words = ["--quiet", "--return", "--command", `stty cols ${columns}; exec ${program} plan`, "/dev/null"];
      const ran = spawnSync("script", words, {
        cwd: lab.project,
        env: { ...lab.env, TERM: "xterm" },
        encoding: "utf8",
      });
      return ran.stdout.replaceAll("\r", "");
    };
    rmSync(join(lab.env.OMG_CACHE_DIR ?? "", "standing"), { recursive: true, force: true });
    const [, second] = [shown(100, OMG), shown(100, OMG)];
    expect(second).toContain("Nothing to do");
    expect(shown(100, join(DIST, "omg"))).toBe(second);
    mark(lab);
    expect(shown(100, join(DIST, "omg"))).toBe("MARK\n");
    expect(shown(80, join(DIST, "omg"))).toContain("Nothing to do");
  });

  it("is given by omg-fast, too, and by both as Node gives it", async () => {
    await settle(lab, "check");
    const said = (program: string) => {
      const { stdout, stderr, status } = spawnSync(program, ["check"], {
        cwd: lab.project,
        env: lab.env,
        encoding: "utf8",
      });
      return { stdout, stderr, status };
    };
    const [node, itself, fast] = [OMG, join(DIST, "omg"), join(DIST, "omg-fast")].map(said);
    expect(node).toMatchObject({ stdout: textIn(lab), stderr: "", status: 0 });
    expect([itself, fast]).toEqual([node, node]);
    mark(lab);
    expect(said(join(DIST, "omg-fast")).stdout).toBe("MARK\n");
  });

  it("is looked for by the commands that keep one", () => {
    const [, commands = ""] = /commands: (\[.*\])/.exec(readFileSync(OMG, "utf8")) ?? [];
    for (const command of JSON.parse(commands) as readonly string[])
      expect(questionOf(command.split(" "), join(OMG, "../../dist"))?.about.slice(1).join(" ")).toBe(command);
    expect(questionOf(["audit", "log"], join(OMG, "../../dist"))).toBeUndefined();
    expect(questionOf(["audit", "sbom", "--output", "x"], join(OMG, "../../dist"))).toBeUndefined();
    expect(questionOf(["apply"], join(OMG, "../../dist"))).toBeUndefined();
  });

  it("goes once it is too old, whatever it was about", async () => {
    await settle(lab, "plan");
    const old = join(lab.env.OMG_CACHE_DIR ?? "", "standing/0000000000000000");
    writeFileSync(old, "");
    utimesSync(old, 1, 1);
    await lab.expect(0, "check");
    expect(existsSync(old)).toBe(false);
  });

  it("holds no word of the environment", async () => {
    await lab.omg(["plan"], { env: { TOKEN: "very-secret-token" } });
    await lab.omg(["plan"], { env: { TOKEN: "very-secret-token" } });
    expect(
      readFileSync(
        join(
          lab.env.OMG_CACHE_DIR ?? "",
          "standing",
          readdirSync(join(lab.env.OMG_CACHE_DIR ?? "", "standing"))[0] ?? "",
        ),
        "utf8",
      ),
    ).not.toContain("very-secret");
  });
});

describe.runIf(needs(...PACMAN_NEEDS, "strace"))("an answer that still stands, on Arch", () => {
  let lab: PacmanOmgLab;
  beforeAll(async () => {
    lab = await createPacmanOmgLab();
    lab.want({ "omg-app": "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
  });
  afterAll(() => lab.dispose());

  it("was read from nothing that its stamps do not have", async () => {
    await settle(lab, "check");
    expect(await isBelieved(lab, "check")).toBe(true);
    expect(forgotten(lab, "check")).toEqual([]);
  });

  it.each([
    ["outdated"],
    ["orphans"],
    ["explicit"],
    ["size"],
    ["why", "omg-lib"],
    ["explicit", "--names"],
    ["audit", "sbom"],
  ])("is given to a question: %s %s", async (...words) => {
    const args = words.filter((word) => word !== undefined);
    await settle(lab, ...args);
    const text = textIn(lab);
    expect((await lab.expect(0, ...args)).stdout).toBe(text);
    expect(await isBelieved(lab, ...args)).toBe(true);
    expect(forgotten(lab, ...args)).toEqual([]);
    await lab.expect(0, ...args);
    await lab.pacman.pacmanOk("-Rdd", "omg-lib");
    expect(await isBelieved(lab, ...args)).toBe(false);
    await lab.pacman.pacmanOk("-S", "--asdeps", "omg-lib");
  });

  it.each([
    ["a reason changes", ["-D", "--asdeps", "omg-app"]],
    ["a package goes", ["-Rdd", "omg-lib"]],
  ])("is not, once %s", async (_, args) => {
    await settle(lab, "check");
    await lab.pacman.pacmanOk(...args);
    expect(await isBelieved(lab, "check")).toBe(false);
    await lab.expect(0, "apply", "--yes");
  });
});
