import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { debianArchive, SECURITY_SOURCE } from "../support/debian-archive.ts";
import { debianBase } from "../support/debian-base.ts";
import { createDebianRoot, type DebianRoot } from "../support/debian-root.ts";
import { changeRequests } from "../support/lock-text.ts";
import { needs } from "../support/needs.ts";
import { createThirdParty } from "../support/third-party.ts";

/** What the lock asks for, with all that it needs or recommends, so that the mirror has them. */
const TOOLS =
  "bc cpio dc ed expat figlet file hello jq less nano patch pigz pv sqlite3 time tree unzip whiptail zip".split(" ");
const NEEDED =
  "libexpat1 libfribidi0 libgpm2 libjq1 libmagic-mgc libmagic1 libncursesw6 libnewt0.52 libonig5 libpopt0 libreadline8 libslang2 libsqlite3-0 readline-common".split(
    " ",
  );
/** What goes along with its tool, in the very same version. */
const LOCKSTEP: Readonly<Record<string, readonly string[]>> = {
  file: ["libmagic1", "libmagic-mgc"],
  jq: ["libjq1"],
  sqlite3: ["libsqlite3-0"],
};
/** What has to be as new as its tool, and may be newer. */
const AT_LEAST: Readonly<Record<string, readonly string[]>> = { expat: ["libexpat1"] };
/** In every Debian, in main's version. */
const THERE = ["liblzma5", "libpcre2-8-0", "libtinfo6"];

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;
const archive = base === undefined ? undefined : await debianArchive(base, [...TOOLS, ...NEEDED, ...THERE]);

const LOCK = "/root/env/omg.lock";
const NOTHING = [{ name: "omg-base", version: "1.0" }];

/** What dpkg-query and apt-mark print, line by line: nothing of it is read by omg's own readers. */
interface Facts {
  /** `version state` by `name:arch`. */
  readonly packages: Readonly<Record<string, string>>;
  readonly manual: string;
  readonly auto: string;
  readonly hold: string;
}

const field = (name: string) => `\${${name}}`;
const FORMAT = `${field("Package")}:${field("Architecture")} ${field("Version")} ${field("db:Status-Abbrev")}\\n`;

async function factsOf(debian: DebianRoot): Promise<Facts> {
  const query = ["dpkg-query", "-W", "-f", FORMAT];
  const lines = (await debian.expect(0, query)).stdout.trim();
  const packages = Object.fromEntries(
    lines.split("\n").map((line) => line.trim().split(/ (.*)/s, 2) as [string, string]),
  );
  const mark = (list: string) => debian.sh(`apt-mark ${list}`);
  return { packages, manual: await mark("showmanual"), auto: await mark("showauto"), hold: await mark("showhold") };
}

// A machine's life under omg, with Debian's own packages from Debian's own archives: a change of twenty, security updates, the
// way back from them, removal, rollback, and a second machine made from the first one's lock.
describe.runIf(archive !== undefined)("a Debian machine and its lock", () => {
  let debian: DebianRoot;
  let start: Facts;
  let main: Facts;
  let secure: Facts;
  /** What the lock asks for and the security archive has in a newer version, and all that moves with it. */
  let pairs: readonly string[];
  let moving: readonly string[];

  beforeAll(async () => {
    debian = await machine();
    await debian.sh("mkdir -p env");
    start = await factsOf(debian);
    pairs = [...(archive?.security.keys() ?? [])].filter((name) => !NEEDED.includes(name));
    moving = pairs.flatMap((name) => [name, ...(LOCKSTEP[name] ?? []), ...(AT_LEAST[name] ?? [])]);
  });
  afterAll(() => debian?.dispose());

  const machine = async (): Promise<DebianRoot> => {
    if (base === undefined || archive === undefined) throw new Error("there is no Debian to test with");
    const made = await createDebianRoot(base, { packages: NOTHING });
    archive.furnish(made);
    return made;
  };
  const omg = (code: number, ...args: readonly string[]) =>
    debian.expect(code, ["/usr/local/bin/omg", ...args], { cwd: "/root/env" });
  const edit = (change: (lock: string) => string) => debian.write(LOCK, change(debian.read(LOCK)));
  const want = (requests: Readonly<Record<string, unknown>>) => edit((lock) => changeRequests(lock, requests));
  const version = (name: string, where: "main" | "security"): string =>
    archive?.[where].get(name) ?? archive?.main.get(name) ?? "";
  const withVersions = (facts: Facts, names: readonly string[], where: "main" | "security"): Facts["packages"] => ({
    ...facts.packages,
    ...Object.fromEntries(names.map((name) => [keyOf(name), `${version(name, where)} ii`])),
  });
  const keyOf = (name: string) => (["libmagic-mgc"].includes(name) ? `${name}:amd64` : keyIn(name));
  const keyIn = (name: string) => (name === "readline-common" ? `${name}:all` : `${name}:amd64`);

  it("gets twenty packages by an edit of the lock, and all that they need", async () => {
    await omg(0, "env", "capture");
    want(Object.fromEntries(TOOLS.map((name) => [name, "*"])));
    await omg(0, "lock");
    await omg(0, "apply", "--yes", "--locked");
    main = await factsOf(debian);
    expect(main).toEqual({
      ...start,
      packages: withVersions(start, [...TOOLS, ...NEEDED], "main"),
      manual: lines(start.manual, TOOLS),
      auto: lines(start.auto, NEEDED),
    });
    expect(await debian.sh("hello; echo 6*7 | bc; sqlite3 :memory: 'select 6*7'; dpkg --audit")).toBe(
      "Hello, world!\n42\n42\n",
    );
    await omg(0, "check", "--locked");
  });

  it("is upgraded by the security archive, in what the lock moves and nothing else", async () => {
    debian.write("/etc/apt/sources.list.d/security.sources", SECURITY_SOURCE);
    await debian.sh("apt-get -qq update");
    expect(pairs.length, "the security archive has newer versions of these").toBeGreaterThanOrEqual(3);
    await omg(0, "check", "--locked");
    want(Object.fromEntries(pairs.map((name) => [name, version(name, "security")])));
    await omg(0, "lock");
    const before = debian.snapshot();
    const plan = JSON.parse((await omg(0, "plan", "--json")).stdout) as PlanJson;
    expect(plan.omg.steps.map(({ kind, address }) => `${kind} ${address}`).sort()).toEqual(
      moving.map((name) => `upgrade apt.${name}`).sort(),
    );
    expect(debian.snapshot()).toBe(before);
    await omg(0, "apply", "--yes", "--locked");
    secure = await factsOf(debian);
    expect(secure).toEqual({ ...main, packages: withVersions(main, moving, "security") });
    await omg(0, "check", "--locked");
  });

  it("goes back from security's versions to main's only when told to, and forward again", async () => {
    want(Object.fromEntries(pairs.map((name) => [name, version(name, "main")])));
    await omg(0, "lock");
    const { stdout } = await omg(0, "check");
    expect(stdout).toContain("newer than pinned");
    await omg(0, "apply", "--yes");
    expect(await factsOf(debian)).toEqual(secure);
    await omg(0, "apply", "--yes", "--allow-downgrades");
    const newer = pairs.flatMap((name) => AT_LEAST[name] ?? []);
    expect(await factsOf(debian)).toEqual({ ...main, packages: withVersions(main, newer, "security") });
    expect(await debian.sh("dpkg --audit; echo '[6,7]' | jq -c add; xz --version >/dev/null 2>&1 || true")).toBe(
      "13\n",
    );
    await omg(0, "rollback", "--yes");
    expect(await factsOf(debian)).toEqual(secure);
    await omg(0, "rollback", "system:2", "--yes");
    expect(await factsOf(debian)).toEqual(secure);
  });

  it("loses what leaves the lock, with what nothing needs any more, and gets it back by a rollback", async () => {
    want(Object.fromEntries(pairs.map((name) => [name, version(name, "security")])));
    const gone = ["bc", "file", "hello", "sqlite3", "tree", "whiptail"];
    edit((lock) => lock.replace(new RegExp(`^ {4}(?:${gone.join("|")}): .*\n`, "gm"), ""));
    await omg(0, "lock");
    const orphans = [
      "libfribidi0",
      "libmagic-mgc",
      "libmagic1",
      "libnewt0.52",
      "libpopt0",
      "libreadline8",
      "libslang2",
      "libsqlite3-0",
      "readline-common",
    ];
    const { stdout } = await omg(0, "plan");
    for (const name of [...gone, ...orphans]) expect(stdout).toMatch(new RegExp(`- +${name.replaceAll(".", "\\.")} `));
    await omg(0, "apply", "--yes", "--locked");
    const after = await factsOf(debian);
    const installed = ({ packages }: Facts) => Object.keys(packages).filter((key) => packages[key]?.endsWith("ii"));
    const left = new Set([...gone, ...orphans].map(keyOf));
    expect(installed(after)).toEqual(installed(secure).filter((key) => !left.has(key)));
    expect(after.manual).toBe(without(secure.manual, gone));
    expect(after.auto).toBe(without(secure.auto, orphans));
    // Nothing that the lock brings besides packages seems to have gone because a rollback does not ask for it.
    const back = JSON.parse((await omg(0, "rollback", "--dry-run", "--json")).stdout) as { plan: PlanJson };
    expect(back.plan.resource_drift.filter(({ address }) => address.startsWith("sources."))).toEqual([]);
    await omg(0, "rollback", "--yes");
    expect(await factsOf(debian)).toEqual(secure);
    expect(await debian.sh("hello; dpkg --audit")).toBe("Hello, world!\n");
  });

  it("is captured again, and a second machine made from that lock is the same", async () => {
    await debian.sh("apt-mark hold less >/dev/null");
    await omg(0, "env", "capture", "--force");
    await omg(0, "check", "--locked");
    const first = await factsOf(debian);
    expect(first).toEqual({
      ...secure,
      hold: "less\n",
      packages: { ...secure.packages, "less:amd64": secure.packages["less:amd64"]?.replace("ii", "hi") },
    });
    const lock = debian.read(LOCK);
    const second = await machine();
    try {
      second.write("/etc/apt/sources.list.d/security.sources", SECURITY_SOURCE);
      await second.sh("mkdir env; apt-get -qq update");
      second.write(LOCK, lock);
      await second.expect(0, ["/usr/local/bin/omg", "apply", "--yes", "--locked"], { cwd: "/root/env" });
      expect(await factsOf(second)).toEqual(first);
      await second.expect(0, ["/usr/local/bin/omg", "check", "--locked"], { cwd: "/root/env" });
    } finally {
      await second.dispose();
    }
  });

  it("brings a third party's repository with it, and a machine that never heard of it becomes the same", async () => {
    await debian.sh("mkdir -p /srv");
    const third = await createThirdParty(join(debian.files, "srv/third"));
    await third.publish([
      { name: "third-lib", version: "2.0" },
      {
        name: "third-tool",
        version: "1.0",
        fields: { Depends: "third-lib" },
        files: { "usr/bin/third-tool": "#!/bin/sh\necho at your service\n" },
      },
    ]);
    const two = await machine();
    try {
      debian.write(LOCK, withThirdParty(debian.read(LOCK), third.keys[0]));
      cpSync(join(debian.files, "srv/third/repo"), join(two.files, "srv/third/repo"), { recursive: true });
      for (const root of [debian, two]) {
        await root.sh("mkdir -p env /etc/omg");
        root.write("/etc/omg/policy.toml", 'version = 1\n[sources]\nallow = ["file:///srv/*"]\n');
      }
      await omg(0, "lock");
      await omg(0, "apply", "--yes", "--locked");
      const first = await factsOf(debian);
      expect(first.packages).toMatchObject({ "third-tool:all": "1.0 ii", "third-lib:all": "2.0 ii" });
      expect(first.manual).toContain("third-tool\n");
      expect(first.auto).toContain("third-lib\n");
      // The archive that the tests keep has no translations.
      two.write("/etc/apt/apt.conf.d/99languages", 'Acquire::Languages "none";\n');
      // Not even Debian's security archive is known there: the lock brings both, and root's policy admits them.
      two.write(LOCK, debian.read(LOCK));
      const { stdout } = await two.expect(0, ["/usr/local/bin/omg", "plan"], { cwd: "/root/env" });
      expect(stdout).toContain("third-tool");
      await two.expect(0, ["/usr/local/bin/omg", "apply", "--yes", "--locked"], { cwd: "/root/env" });
      expect(await factsOf(two)).toEqual(first);
      expect(await two.sh("third-tool")).toBe("at your service\n");
      await two.expect(0, ["/usr/local/bin/omg", "check", "--locked"], { cwd: "/root/env" });
      two.write("/etc/omg/policy.toml", "version = 1\n");
      await two.expect(0, ["/usr/local/bin/omg", "rollback", "system:0", "--yes"], { cwd: "/root/env" });
      expect((await factsOf(two)).packages).not.toHaveProperty("third-tool:all", "1.0 ii");
      expect(await two.sh("ls /etc/apt/sources.list.d")).not.toContain("omg-");
    } finally {
      await third.dispose();
      await two.dispose();
    }
  });

  const withThirdParty = (lock: string, key: string): string =>
    changeRequests(lock, { "third-tool": "*" }).replace(
      /^ {2}sources:\n/m,
      `  sources:\n    third: ${JSON.stringify({ uris: "file:///srv/third/repo", suites: "stable", components: "main", "signed-by": key })}\n`,
    );

  it("goes all the way back to the machine that omg found", async () => {
    await debian.sh("apt-mark unhold less >/dev/null");
    await omg(0, "rollback", "system:0", "--yes");
    const end = await factsOf(debian);
    const kept = Object.entries(end.packages).filter(([, state]) => !state.endsWith("rc"));
    expect({ ...end, packages: Object.fromEntries(kept) }).toEqual(start);
    const history = JSON.parse((await omg(0, "history", "--json")).stdout) as { log: { system: { broken?: string } } };
    expect(history.log.system.broken).toBeUndefined();
  });
});

interface PlanJson {
  readonly resource_drift: readonly { readonly address: string }[];
  readonly omg: { readonly steps: readonly { readonly kind: string; readonly address: string }[] };
}

function lines(text: string, more: readonly string[]): string {
  return `${[...text.split("\n").filter(Boolean), ...more].sort(byBytes).join("\n")}\n`;
}

function without(text: string, names: readonly string[]): string {
  return text
    .split("\n")
    .filter((line) => !names.includes(line))
    .join("\n");
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
