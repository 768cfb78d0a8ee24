import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab, type OmgRun } from "../support/omg-lab.ts";
import { appears, expectRefusal, omgPath, onFullDisk, onReadOnlyDisk, openIntents, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "e2fsprogs", "gpg", "root", "util-linux");
const GOOD = { "omg-app": "2.0" };
const HEAD = "version: 1\nname: lab\n";

/** A lab with the good lock applied. */
async function labWithApp(conf = ""): Promise<OmgLab> {
  const lab = await createOmgLab({ conf });
  lab.writeLock(lockOf(GOOD));
  await lab.expect(0, "apply", "--yes");
  return lab;
}

/** After any refusal a run that asks for something possible does it: the small package comes, or goes again. */
async function stillWorks(lab: OmgLab): Promise<void> {
  expect(openIntents(lab)).toEqual([]);
  const there = (await lab.apt.installed()).get("omg-g++")?.status === "ii";
  lab.writeLock(lockOf(there ? GOOD : { ...GOOD, "omg-g++": "*" }));
  await lab.expect(0, "apply", "--yes");
  expect((await lab.apt.installed()).get("omg-g++")?.status === "ii").toBe(!there);
  await lab.expect(0, "check");
}

async function installedNow(lab: OmgLab): Promise<unknown> {
  const known = [...(await lab.apt.installed())].filter(([, { status }]) => status !== "in");
  return { known, marks: await lab.apt.marks() };
}

function lockWith(...lines: readonly string[]): string {
  return `${HEAD}apt:\n  packages:\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** A mirror that sends half and falls silent costs a run seconds: it waits while all the other tests go on. */
let silence: Promise<{ readonly lab: OmgLab; readonly run: OmgRun; readonly before: string }> | undefined;
beforeAll(() => {
  silence = HERE ? meetSilence() : undefined;
  silence?.catch(() => undefined);
});

async function meetSilence(): Promise<Awaited<NonNullable<typeof silence>>> {
  const lab = await labWithApp('Acquire::http::Timeout "2"; Acquire::Retries "1";');
  const server = await lab.apt.serve();
  await lab.apt.aptOk("update");
  server.fail({ match: /omg-script_1\.0/, kind: "stall" });
  lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" }));
  const before = lab.apt.snapshot();
  const run = await lab.omg(["apply", "--yes"]);
  server.fail();
  return { lab, run, before };
}

describe.runIf(HERE)("a lock that is not one", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await labWithApp();
  });
  afterAll(() => lab.dispose());

  const bomb = `${HEAD}a: &a [x, x]\n${"bcdefgh"
    .split("")
    .map((name, index) => `${name}: &${name} [*${"abcdefg"[index]}, *${"abcdefg"[index]}]\n`)
    .join("")}`;
  it.each<[string, string, ...(string | RegExp)[]]>([
    ["wrong types", `${HEAD}apt: [curl]\n`, "omg.lock:3:6", "expected a map, found a list"],
    ["an unknown key", `${HEAD}apt:\n  pakages: {}\n`, "omg.lock:4:3", "unknown key `pakages`", "packages"],
    ["a key twice", lockWith('curl: "*"', 'curl: "7.*"'), "omg.lock:6:5", /twice|duplicate|already/],
    ["a version without quotes", lockWith("curl: 1.10"), "omg.lock:5:11", 'write "1.10"'],
    ["all its problems at once", `${HEAD}apt: [curl]\nenv: 1\nfoo: 2\n`, "3 problems", ":3:", ":4:", ":5:"],
    ["a bomb of aliases", bomb, "anchors"],
    ["lists in lists", `${HEAD}apt: ${"[".repeat(100_000)}\n`, "nested too deeply"],
    [
      "maps in maps",
      Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:\n`).join(""),
      "nested too deeply",
    ],
    ["nothing in it", "", "remove everything", "restore the file"],
    ["only a comment", "# later\n", "remove everything"],
    ["half a merge", `${HEAD}<<<<<<< ours\n`, "merge conflict"],
    ["control characters", `${HEAD}env: { A: "x\u001b[31mred" }\n`, "U+001B"],
    ["bytes that are no text", `${HEAD}env: { A: \ufffd }\n`, "UTF-8"],
    ["50 MB", `${HEAD}${"# padding padding padding\n".repeat(2_000_000)}`, "4 MiB"],
    [
      "a pin without a request",
      `${lockOf(GOOD)}---\npins: debian-12-amd64\napt:\n  omg-lib: { version: "1.1" }\n`,
      "omg-lib",
      /request|asks/,
    ],
    ["an option as a name", lockWith('"--foo": "*"'), "`--foo` is not the name of a Debian package"],
    ["a trailing sign as a name", lockWith('"bash-": "*"'), "`bash-` is not the name of a Debian package"],
    ["a command as a name", lockWith('"a;rm -rf x": "*"'), "is not the name of a Debian package"],
    ["a version with a command", lockWith('curl: "1.0;rm"'), "omg.lock:5:11"],
    ["what is no version of a tool", `${HEAD}runtimes: { zig: "lts" }\n`, "zig lts", "is no version of it"],
    ["what is no version of a runtime", `${HEAD}runtimes: { node: "lts/" }\n`, "omg.lock", "is not a version request"],
  ])("%s", async (_, text, ...says) => {
    lab.writeLock(text);
    const { stderr } = await expectRefusal(lab, { exit: 3, says });
    await expectRefusal(lab, { args: ["plan"], exit: 3, says });
    expect(stderr.length).toBeLessThan(20_000);
  });

  it("with --locked: a request without a pin", async () => {
    lab.writeLock(lockOf({ ...GOOD, "omg-extra": "*" }));
    for (const command of [["apply", "--yes"], ["plan"], ["check"]])
      await expectRefusal(lab, {
        args: [...command, "--locked"],
        exit: 3,
        says: ["not pinned", "omg-extra", "`omg lock`"],
      });
  });

  it("and then one that is", () => stillWorks(lab));
});

describe.runIf(HERE)("an include", () => {
  let lab: OmgLab;
  const inProject = (name: string) => join(lab.project, name);
  beforeAll(async () => {
    lab = await labWithApp();
    writeFileSync(join(lab.apt.folder, "outside.yaml"), "secret: of-somebody-else\n");
    symlinkSync(join(lab.apt.folder, "outside.yaml"), inProject("link.yaml"));
    symlinkSync(lab.apt.folder, inProject("folder"));
    execFileSync("mkfifo", [inProject("pipe.yaml")]);
    mkdirSync(inProject("sub.yaml"));
    writeFileSync(inProject("round.yaml"), "include: [round.yaml]\n");
    writeFileSync(inProject("pins.yaml"), `pins: debian-12-amd64\napt: {}\n`);
  });
  afterAll(() => lab.dispose());

  it.each<[string, ...string[]]>([
    ["../outside.yaml", "leaves the repository"],
    ["a/../../outside.yaml", "leaves the repository"],
    ["/etc/passwd", "absolute path"],
    ["link.yaml", "not a regular file"],
    ["folder/outside.yaml", "out of the repository"],
    ["pipe.yaml", "not a regular file"],
    ["sub.yaml", "not a regular file"],
    ["missing.yaml", "missing.yaml"],
    ["round.yaml", "includes itself"],
    [".git/config", ".git"],
  ])("of %s", async (path, ...says) => {
    lab.writeLock(`${HEAD}include: ['${path}']\napt: { packages: { omg-app: "2.0" } }\n`);
    const { stderr } = await expectRefusal(lab, { exit: 3, says: [/:[13]:11:/, ...says] });
    expect(stderr).not.toMatch(/somebody-else|root:x:/);
  });

  it("and then one that is fine", async () => {
    writeFileSync(inProject("more.yaml"), 'apt: { packages: { omg-epoch: "0.9" } }\n');
    lab.writeLock(`${HEAD}include: [more.yaml]\napt: { packages: { omg-app: "2.0" } }\n`);
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-epoch")?.version).toBe("0.9");
    await stillWorks(lab);
  });
});

describe.runIf(HERE)("a lock that nobody can satisfy", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await labWithApp();
    await lab.apt.aptOk("install", "omg-eda");
  });
  afterAll(() => lab.dispose());

  it.each<[string, Readonly<Record<string, unknown>>, ...(string | RegExp)[]]>([
    ["an unknown package", { ...GOOD, "omg-ap": "*" }, "No configured source", "Did you mean omg-app"],
    [
      "a virtual package",
      { ...GOOD, "omg-editor": "*" },
      "is a virtual package, provided by omg-eda, omg-edb",
      "Name one",
    ],
    ["a version nobody has", { "omg-app": "9.9" }, "No source offers omg-app 9.9", "2.0 (omg)"],
    [
      "a source nobody has",
      { ...GOOD, "omg-script": { version: "1.0", from: "elsewhere" } },
      "omg-script 1.0 from elsewhere",
    ],
    ["two that exclude each other", { "omg-edb": "*", "omg-eda": "*" }, "omg-eda", "omg-edb", "Change the lock"],
    [
      "one that excludes what is there and wanted",
      { ...GOOD, "omg-hates-app": "*" },
      "The lock wants omg-app as well",
      "because of omg-hates-app it would be removed",
      "Change the lock",
    ],
    [
      "one that needs another version than the lock wants",
      { "omg-app": "2.1", "omg-lib": "1.0" },
      "omg-lib",
      "Change the lock",
    ],
    ["a dependency that nobody has", { ...GOOD, "omg-broken": "*" }, "omg-broken", "omg-lib (>= 9)"],
    [
      "a way back without the word",
      { "omg-app": "2.0", "omg-lib": "1.0" },
      "omg-lib would go back from 1.1 to 1.0",
      "--allow-downgrades",
    ],
  ])("%s", async (_, packages, ...says) => {
    lab.writeLock(lockOf(packages));
    await expectRefusal(lab, { exit: 1, says });
    const plan = await lab.omg(["plan"]);
    expect(plan.code).toBe(1);
  });

  it("somebody else's hold", async () => {
    await lab.apt.aptMark("hold", "omg-lib");
    lab.writeLock(lockOf({ "omg-app": "2.0", "omg-lib": { version: "1.0" } }));
    await expectRefusal(lab, {
      args: ["apply", "--yes", "--allow-downgrades"],
      exit: 1,
      says: ["omg-lib is held on this machine", "apt-mark unhold omg-lib"],
    });
    await lab.apt.aptMark("unhold", "omg-lib");
  });

  it("what would take somebody's package away says so in the plan, and a policy can refuse it", async () => {
    lab.writeLock(lockOf({ ...GOOD, "omg-edb": "*" }));
    const { stdout } = await lab.expect(0, "plan");
    expect(stdout).toMatch(/omg-eda/);
    writeFileSync(join(lab.project, "policy.toml"), "version = 1\n[removals]\nmax = 0\n");
    await expectRefusal(lab, { exit: 4, says: ["1 would be removed", "apt.omg-eda", "removals.max", "policy.toml:3"] });
    rmSync(join(lab.project, "policy.toml"));
    expect((await lab.apt.installed()).get("omg-eda")?.status).toBe("ii");
  });

  it("and then one that can be", () => stillWorks(lab));
});

describe.runIf(HERE)("a mirror", () => {
  let lab: OmgLab;
  let server: Awaited<ReturnType<OmgLab["apt"]["serve"]>>;
  beforeAll(async () => {
    lab = await labWithApp('Acquire::Retries "0";');
    server = await lab.apt.serve();
    await lab.apt.aptOk("update");
  });
  afterAll(() => lab.dispose());
  beforeEach(() => lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" })));
  const store = () => execFileSync("find", [omgPath(lab, "data/store/sha256"), "-type", "f"], { encoding: "utf8" });

  it.each<["truncate" | "missing" | "error" | "corrupt", number, ...string[]]>([
    ["truncate", 8, "connection broke before the end", "Check the network"],
    ["missing", 8, "404", "the archive may have moved on"],
    ["error", 8, "503"],
    ["corrupt", 4, "other bytes", "Refresh the package lists"],
  ])("with the fault %s", async (kind, exit, ...says) => {
    const before = store();
    server.fail({ match: /omg-script_1\.0/, kind });
    await expectRefusal(lab, { exit, says });
    expect(store()).toBe(before);
    server.fail();
  });

  it("that goes silent: Ctrl-C ends the wait, and nothing was changed", async () => {
    const before = store();
    server.fail({ match: /omg-script_1\.0/, kind: "stall" });
    const asked = server.requests.length;
    await expectRefusal(lab, {
      exit: 130,
      says: ["interrupted", "Now: Nothing was changed"],
      run: {
        onStart: (child) => {
          const timer = setInterval(() => {
            if (server.requests.length <= asked) return;
            clearInterval(timer); // a second one would end it at once, in other words
            child.kill("SIGINT");
          }, 20);
          child.once("close", () => clearInterval(timer));
        },
      },
    });
    expect(store()).toBe(before);
    server.fail();
  });

  it("that is down", async () => {
    await server.close();
    await expectRefusal(lab, { exit: 8, says: ["connection was refused", "omg-script_1.0"] });
    await lab.apt.serve();
    await lab.apt.aptOk("update");
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
    await stillWorks(lab);
  });
});

describe.runIf(HERE)("a disk", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await labWithApp();
    await stillWorks(lab);
  });
  afterAll(() => lab.dispose());
  beforeEach(async () => {
    rmSync(omgPath(lab, "data/store"), { recursive: true, force: true });
    mkdirSync(omgPath(lab, "data/store/incoming"), { recursive: true });
    const small = (await lab.apt.installed()).get("omg-g++")?.status === "ii" ? { "omg-g++": "*" } : {};
    lab.writeLock(lockOf({ ...GOOD, ...small, "omg-big": "1.0" }));
  });

  it.each<[string, string]>([
    ["the store", "omg/data/store"],
    ["the log", "omg/data/audit"],
    ["omg's state", "omg/state"],
    ["the one-shot repository", "omg/state/run"],
  ])("that can only be read, under %s", async (_, folder) => {
    const path = join(lab.apt.folder, folder);
    const says = [/could not be used: the file system can only be read/, "Now: Nothing was changed", "Mend that"];
    await onReadOnlyDisk(path, () => expectRefusal(lab, { exit: 1, says }));
    await stillWorks(lab);
  });

  it("that holds a writer's lock which nobody may change, also while it is held", async () => {
    const lease = omgPath(lab, "state/writer.lock");
    execFileSync("chattr", ["+i", lease]);
    try {
      const says = [`${lease} could not be used: it is not permitted`, "Now: Nothing was changed"];
      await expectRefusal(lab, { exit: 1, says });
    } finally {
      execFileSync("chattr", ["-i", lease]);
    }
    // What was done while it was held is done, whatever becomes of the note of who did it.
    lab.writeLock(lockOf({ ...GOOD, "omg-slow": "1.0" }));
    const applying = lab.omg(["apply", "--yes"]);
    await appears(join(lab.apt.root, "var/log/omg-slow"));
    execFileSync("chattr", ["+i", lease]);
    expect(await applying.finally(() => execFileSync("chattr", ["-i", lease]))).toMatchObject({ code: 0 });
    await stillWorks(lab);
  });

  it.each<[string, string, number]>([
    ["the store", "omg/data/store", 16],
    ["the state", "omg/state", 0],
    ["the one-shot repository", "omg/state/run", 64],
    ["dpkg's database", "root/var/lib/dpkg", 8],
  ])("that is full, under %s", async (_, folder, left) => {
    const path = join(lab.apt.folder, folder);
    await onFullDisk(path, left, () =>
      expectRefusal(lab, {
        exit: 1,
        says: [/[Nn]o space( is)? left|enough free space/, /Now: Nothing/],
      }),
    );
    await stillWorks(lab);
  });

  it("that is full, under the log", async () => {
    // More than what is left of the last block.
    const many = { "omg-big": "1.0", "omg-script": "1.0", "omg-epoch": "0.9", "omg-eda": "*", "omg-extra": "*" };
    lab.writeLock(lockOf({ ...GOOD, ...many }));
    await onFullDisk(omgPath(lab, "data/audit"), 0, () =>
      expectRefusal(lab, { exit: 1, says: [/No space is left|could not be written to its end/, "Now: Nothing"] }),
    );
    await stillWorks(lab);
  });

  it("that is full, under the packages' files: dpkg takes back what it began", async () => {
    const before = await installedNow(lab);
    await onFullDisk(join(lab.apt.root, "usr"), 64, async () => {
      const { stderr } = await lab.expect(1, "apply", "--yes");
      expect(words(stderr)).toMatch(/No space left on device.*Now: Nothing was changed/);
    });
    expect(await installedNow(lab)).toEqual(before);
    await stillWorks(lab);
  });

  it("that takes no snapshot any more is said after the change, and the next run records it", async () => {
    await onReadOnlyDisk(omgPath(lab, "data/generations"), async () => {
      const { stderr } = await lab.expect(6, "apply", "--yes");
      expect(words(stderr)).toMatch(
        /Everything was done, and it could not be recorded.*Now: The machine is as planned/,
      );
    });
    expect((await lab.apt.installed()).get("omg-big")?.status).toBe("ii");
    const { stderr } = await lab.expect(0, "apply", "--yes");
    expect(stderr).toContain("had done everything");
    await stillWorks(lab);
  });
});

describe.runIf(HERE)("a saved plan", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await labWithApp();
  });
  afterAll(() => lab.dispose());
  const WANTED = { ...GOOD, "omg-script": "1.0" };
  const etc = (name: string) => join(lab.apt.root, "etc/apt", name);

  it.each<[string, () => unknown, () => unknown]>([
    ["the lock", () => lab.writeLock(`${lab.readLock()}# a word\n`), () => undefined],
    [
      "the policy",
      () => writeFileSync(join(lab.project, "policy.toml"), "version = 1\n"),
      () => rmSync(join(lab.project, "policy.toml")),
    ],
    [
      "apt's preferences",
      () => writeFileSync(etc("preferences.d/x"), "Package: omg-extra\nPin: version 1.0\nPin-Priority: 100\n"),
      () => rmSync(etc("preferences.d/x")),
    ],
    [
      "apt's sources",
      () => writeFileSync(etc("sources.list.d/x.list"), "# nothing\n"),
      () => rmSync(etc("sources.list.d/x.list")),
    ],
    [
      "apt's configuration",
      () => writeFileSync(etc("apt.conf.d/x"), 'APT::Install-Recommends "false";\n'),
      () => rmSync(etc("apt.conf.d/x")),
    ],
    ["a package that it touches", () => lab.apt.aptOk("install", "omg-lib=1.0", "--allow-downgrades"), () => undefined],
    ["all that it would do", () => lab.apt.aptOk("install", "omg-script=1.0"), () => undefined],
  ])("does not survive a change of %s", async (_, change, back) => {
    lab.writeLock(lockOf({ ...WANTED, "omg-lib": "1.1" }));
    await lab.apt.aptOk("install", "omg-lib=1.1");
    await lab.apt.aptOk("remove", "omg-script");
    await lab.expect(0, "plan", "--out", "plan.json");
    await change();
    const says = ["is not the plan that would be made now", "plan --out"];
    await expectRefusal(lab, { args: ["apply", "plan.json"], exit: 7, says });
    await expectRefusal(lab, { args: ["apply", "plan.json", "--dry-run"], exit: 7, says });
    await back();
  });

  it("that is no plan, or not there", async () => {
    await expectRefusal(lab, { args: ["apply", "omg.lock"], exit: 1, says: ["is not a plan", "plan --out"] });
    await expectRefusal(lab, { args: ["apply", "none.json"], exit: 1, says: ["There is no plan file"] });
  });

  it("is applied while everything is as it was", async () => {
    lab.writeLock(lockOf(GOOD));
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf(WANTED));
    await lab.expect(0, "plan", "--out", "plan.json");
    await lab.expect(0, "apply", "plan.json");
    expect((await lab.apt.installed()).get("omg-script")?.status).toBe("ii");
    await stillWorks(lab);
  });
});

describe.runIf(HERE)("somebody else at work", () => {
  let lab: OmgLab;
  const slow = () => join(lab.apt.root, "var/log/omg-slow");
  beforeAll(async () => {
    lab = await labWithApp();
    writeFileSync(join(lab.apt.root, "etc/omg-slow"), "2");
  });
  afterAll(() => lab.dispose());
  beforeEach(() => rmSync(slow(), { force: true }));

  it("another omg", async () => {
    lab.writeLock(lockOf({ ...GOOD, "omg-slow": "1.0" }));
    const first = lab.omg(["apply", "--yes"]);
    await appears(slow());
    const second = await lab.omg(["apply", "--yes"]);
    expect(second.code, second.stderr).toBe(5);
    expect(words(second.stderr)).toMatch(
      /Another omg .*omg apply --yes \(pid \d+\).*Now: This one changed nothing.*Next: Wait/,
    );
    const check = await lab.omg(["check"]);
    expect([0, 2]).toContain(check.code);
    expect((await first).code).toBe(0);
    await stillWorks(lab);
  });

  it("apt itself", async () => {
    await lab.apt.aptOk("remove", "omg-slow");
    rmSync(slow(), { force: true });
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" }));
    const apt = lab.apt.apt("install", "omg-slow");
    await appears(slow());
    const ran = await lab.omg(["apply", "--yes"]);
    expect(ran.code, ran.stderr).toBe(5);
    expect(words(ran.stderr)).toMatch(
      /apt-get \(pid \d+\) is changing packages right now.*Now: omg changed nothing.*Next: Wait/,
    );
    expect((await apt).code).toBe(0);
    expect(openIntents(lab)).toEqual([]);
    await stillWorks(lab);
  });
});

describe.runIf(HERE)("a policy", () => {
  let lab: OmgLab;
  const policy = () => join(lab.project, "policy.toml");
  beforeAll(async () => {
    lab = await labWithApp();
    await lab.apt.aptOk("install", "omg-eda");
  });
  afterAll(() => lab.dispose());
  afterEach(() => rmSync(policy(), { force: true }));

  it.each<[string, string, ...string[]]>([
    ["an unknown key", "[grade]\nminimun = 'verified'\n", "policy.toml:3:1", "unknown key `minimun`", "minimum"],
    ["a table without its rule", "[drift]\n", "policy.toml:2", "`mode` is missing"],
    ["a wrong type", "[removals]\nmax = 'two'\n", "policy.toml:3:7", "expected a number"],
    ["no TOML", "grade = \n", "policy.toml:2"],
  ])("with %s is refused whole", async (_, text, ...says) => {
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" }));
    writeFileSync(policy(), `version = 1\n${text}`);
    await expectRefusal(lab, { exit: 3, says });
    await expectRefusal(lab, { args: ["check"], exit: 3, says });
  });

  it("that is a link, even one to nowhere, is not taken for none", async () => {
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" }));
    symlinkSync("/nonexistent/policy.toml", policy());
    await expectRefusal(lab, { exit: 3, says: ["policy.toml is not a regular file"] });
  });

  it.each<[string, Readonly<Record<string, unknown>>, string, ...string[]]>([
    ["a denied name", { "omg-script": "1.0" }, "[packages]\ndeny = ['omg-sc*']", "packages.deny", "apt.omg-script"],
    [
      "a dependency that is not allowed",
      { "omg-needs-editor": "*", "omg-g++": "*" },
      "[packages]\nallow = ['omg-needs-*']",
      "packages.allow",
      "apt.omg-g++",
    ],
    [
      "a source that is not allowed",
      { "omg-script": "1.0" },
      "[origins]\nallow = ['debian']",
      "origins.allow",
      "debian",
    ],
    [
      "a grade that is not reached",
      { "omg-script": "1.0" },
      "[grade]\nminimum = 'locked'",
      "grade.minimum",
      "omg-script",
    ],
    [
      "a grade for one source",
      { "omg-script": "1.0" },
      "[grade]\nsources = { omg = 'locked' }",
      "grade.sources",
      "omg-script",
    ],
    ["too many removals", { "omg-eda": "absent" }, "[removals]\nmax = 0", "removals.max", "apt.omg-eda"],
    ["no way back", { "omg-lib": "1.1" }, "[undo]\nrequired = true", "undo.required", "omg-lib 1.0"],
  ])("refuses %s, in the plan already", async (_, packages, text, ...says) => {
    if (packages["omg-lib"] !== undefined) {
      await lab.apt.aptOk("install", "--allow-downgrades", "omg-lib=1.0");
      rmSync(omgPath(lab, "data/store"), { recursive: true, force: true });
      lab.apt.withdraw("omg-lib", "1.0");
      await lab.apt.publish();
      await lab.apt.aptOk("update");
    }
    lab.writeLock(lockOf({ ...GOOD, ...packages }));
    writeFileSync(policy(), `version = 1\n${text}\n`);
    await expectRefusal(lab, { exit: 4, says: ["Policy refuses", "policy.toml:3", ...says] });
    const plan = await lab.omg(["plan"]);
    expect([plan.code, words(plan.stdout)]).toEqual([4, expect.stringContaining(says[0] ?? "")]);
  });

  it("of the machine is not loosened by the repository's", async () => {
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" }));
    mkdirSync(omgPath(lab, "config"), { recursive: true });
    writeFileSync(omgPath(lab, "config/policy.toml"), "version = 1\n[packages]\ndeny = ['omg-script']\n");
    writeFileSync(policy(), "version = 1\n[packages]\ndeny = []\n");
    await expectRefusal(lab, { exit: 4, says: ["packages.deny", "config/policy.toml:3"] });
    rmSync(omgPath(lab, "config/policy.toml"));
  });

  it("and then one that is content", async () => {
    writeFileSync(policy(), "version = 1\n[grade]\nminimum = 'verified'\n[signatures]\nrequired = true\n");
    lab.writeLock(lockOf({ ...GOOD, "omg-script": "1.0" }));
    await lab.expect(0, "apply", "--yes");
    await stillWorks(lab);
  });
});

describe.runIf(HERE)("a mirror that falls silent", () => {
  it("is given up, and asked again by the next run", async () => {
    const { lab, run, before } = await (silence ?? meetSilence());
    expect([run.code, words(run.stderr)]).toEqual([
      8,
      expect.stringMatching(/nothing came for \d+ ms.*Now: Nothing.*Next: Check the network/),
    ]);
    expect([lab.apt.snapshot(), openIntents(lab)]).toEqual([before, []]);
    await lab.expect(0, "apply", "--yes");
    await stillWorks(lab);
    await lab.dispose();
  });
});
