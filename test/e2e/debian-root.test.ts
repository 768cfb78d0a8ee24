import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UNIVERSE } from "../support/apt-universe.ts";
import { debianBase } from "../support/debian-base.ts";
import { createDebianRoot, type DebianRoot } from "../support/debian-root.ts";
import { changeRequests } from "../support/lock-text.ts";
import { needs } from "../support/needs.ts";
import type { OmgRun } from "../support/omg-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const LOCK = "/root/env/omg.lock";
/** Would take bash with it. */
const HATES_BASH = { name: "omg-hates-bash", version: "1.0", fields: { Conflicts: "bash" } };

// A complete Debian with its real packages, scripts and triggers, and omg run by its root. What is there is always told by
// the system's own dpkg-query and apt-mark.
describe.runIf(base !== undefined)("on a complete Debian system", () => {
  let debian: DebianRoot;
  let start: Facts;
  let applied: Facts;

  beforeAll(async () => {
    if (base === undefined) return;
    debian = await createDebianRoot(base, { packages: [...UNIVERSE, HATES_BASH] });
    await debian.sh(
      "mkdir env; apt-get -qq -y install omg-base omg-lib=1.0 omg-epoch=0.9 omg-script=1.0 >/dev/null 2>&1; apt-mark auto zlib1g",
    );
    start = await factsOf(debian);
  });
  afterAll(() => debian?.dispose());

  const omg = (code: number, ...args: readonly string[]): Promise<OmgRun> =>
    debian.expect(code, ["/usr/local/bin/omg", ...args], { cwd: "/root/env" });
  const want = (requests: Readonly<Record<string, unknown>>) =>
    debian.write(LOCK, changeRequests(debian.read(LOCK), requests));

  it("is captured with a hash for everything that a source lists, and is in sync then", async () => {
    const before = debian.snapshot();
    await omg(0, "env", "capture");
    const pins = pinsIn(debian.read(LOCK));
    expect(Object.keys(pins).sort()).toEqual(Object.keys(start.packages).sort());
    for (const [name, pin] of Object.entries(pins)) {
      expect(pin, name).toMatch(/sha256: [0-9a-f]{64}/);
      expect(pin, name).toContain(`version: "${start.packages[name]?.split(" ")[0]}"`);
    }
    const auto = Object.keys(pins).filter((name) => pins[name]?.includes("auto: true"));
    expect(auto).toEqual(start.auto);
    await omg(0, "check", "--locked");
    const captured = debian.read(LOCK);
    await omg(0, "lock");
    expect(debian.read(LOCK), "what was just captured needs no other pins").toBe(captured);
    expect(debian.snapshot()).toBe(before);
  });

  it("says exactly what an edited lock would change", async () => {
    want({
      hello: "*",
      jq: "*",
      less: "*",
      "omg-lib": "1.1",
      "omg-epoch": { version: "0.9", hold: true },
      "omg-base": "absent",
      "omg-script": "purged",
    });
    await omg(0, "lock");
    const before = debian.snapshot();
    const plan = JSON.parse((await omg(0, "plan", "--json")).stdout) as PlanJson;
    const said = plan.resource_changes.map(({ address, change }) => `${change.actions.join("+")} ${address}`).sort();
    expect(said).toEqual([
      "create apt.hello",
      "create apt.jq",
      "create apt.less",
      "create apt.libjq1",
      "create apt.libonig5",
      "delete apt.omg-base",
      "delete apt.omg-script",
      "update apt.omg-epoch",
      "update apt.omg-lib",
    ]);
    await omg(2, "plan", "--detailed-exitcode");
    await omg(9, "apply");
    expect(debian.snapshot()).toBe(before);
  });

  it("does that and nothing else: versions, architectures, marks and holds", async () => {
    await omg(0, "apply", "--yes");
    applied = await factsOf(debian);
    const { "omg-base": _base, "omg-script": _script, ...kept } = start.packages;
    const version = async (name: string) =>
      (await debian.sh(`apt-cache show ${name} | sed -n 's/^Version: //p'`)).trim();
    expect(applied).toEqual({
      packages: {
        ...kept,
        hello: `${await version("hello")} amd64 ii`,
        jq: `${await version("jq")} amd64 ii`,
        less: `${await version("less")} amd64 ii`,
        libjq1: `${await version("libjq1")} amd64 ii`,
        libonig5: `${await version("libonig5")} amd64 ii`,
        "omg-lib": "1.1 all ii",
        "omg-epoch": "0.9 all hi",
      },
      auto: [...start.auto, "libjq1", "libonig5"].sort(),
      hold: ["omg-epoch"],
    });
    expect(await debian.sh("hello; echo '[1,2]' | jq -c 'add'; readlink -f /usr/bin/pager; dpkg --audit")).toBe(
      "Hello, world!\n3\n/usr/bin/less\n",
    );
    await omg(0, "check", "--locked");
  });

  it("has nothing to do the second time", async () => {
    const before = debian.snapshot();
    expect((await omg(0, "apply", "--yes")).stdout).toMatch(/nothing|in sync/i);
    expect(debian.snapshot()).toBe(before);
  });

  it("notices drift by hand, removed and moved to an older build, and repairs it", async () => {
    await debian.sh("apt-get -qq -y remove jq less && apt-get -qq -y install --allow-downgrades omg-lib=1.0");
    const { stdout } = await omg(2, "check");
    for (const name of ["jq", "less", "omg-lib"]) expect(stdout).toContain(name);
    await omg(0, "apply", "--yes");
    expect(await factsOf(debian)).toEqual(applied);
    await omg(0, "check");
  });

  it("goes back to an older version only where that was asked for", async () => {
    want({ "omg-lib": "1.0", "omg-epoch": { version: "1:0.5", hold: true } });
    await omg(0, "lock");
    const moved = (changes: Facts["packages"]) => ({ ...applied, packages: { ...applied.packages, ...changes } });
    await omg(0, "apply", "--yes");
    expect(await factsOf(debian)).toEqual(moved({ "omg-epoch": "1:0.5 all hi" }));
    expect((await omg(0, "check")).stdout).toMatch(/omg-lib.*1\.1.*1\.0/);
    await omg(0, "apply", "--yes", "--allow-downgrades");
    expect(await factsOf(debian)).toEqual(moved({ "omg-epoch": "1:0.5 all hi", "omg-lib": "1.0 all ii" }));
    await omg(0, "check");
  });

  it("rolls back one generation, and to the machine as omg found it", async () => {
    await omg(0, "rollback", "system:2", "--yes");
    expect(await factsOf(debian)).toEqual(applied);
    await omg(0, "rollback", "system:0", "--yes");
    expect(await factsOf(debian)).toEqual(start);
    expect(await debian.sh("dpkg --audit")).toBe("");
    const history = JSON.parse((await omg(0, "history", "--json")).stdout) as HistoryJson;
    expect(history.log.system.broken).toBeUndefined();
  });

  // 4: omg's own rule. Where nothing could stay without the package, apt's solver has already said no, which is 1.
  it.each([
    ["bash", 4],
    ["apt", 4],
    ["perl-base", 4],
    ["dpkg", 4],
    ["libc6", 1],
  ])("never removes %s, whatever a lock says", async (name, code) => {
    debian.write("/root/hostile/omg.lock", `version: 1\nname: hostile\napt: { packages: { ${name}: absent } }\n`);
    const before = debian.snapshot();
    const { stderr } = await omg(code, "apply", "--yes", "--allow-downgrades", "--lock", "/root/hostile/omg.lock");
    expect(stderr).toMatch(new RegExp(`^ *apt\\.${name}: `, "m"));
    expect(debian.snapshot()).toBe(before);
    await debian.sh(`dpkg-query -s ${name} >/dev/null; apt-get --version >/dev/null; bash -c :`);
  });

  it("never removes one because another package conflicts with it", async () => {
    debian.write("/root/hostile/omg.lock", "version: 1\nname: hostile\napt: { packages: { omg-hates-bash: '*' } }\n");
    const before = debian.snapshot();
    const { stderr } = await omg(1, "apply", "--yes", "--lock", "/root/hostile/omg.lock");
    expect(stderr).toContain("Conflicts: bash");
    expect(debian.snapshot()).toBe(before);
  });
});

interface PlanJson {
  readonly resource_changes: readonly { readonly address: string; readonly change: { readonly actions: string[] } }[];
}

interface HistoryJson {
  readonly log: { readonly system: { readonly broken?: string } };
}

interface Facts {
  /** `version architecture state` by name, of everything that dpkg knows. */
  readonly packages: Readonly<Record<string, string>>;
  readonly auto: readonly string[];
  readonly hold: readonly string[];
}

async function factsOf(debian: DebianRoot): Promise<Facts> {
  const [installed, { auto, hold }] = [await debian.installed(), await debian.marks()];
  const packages = [...installed].map(([name, { version, arch, status }]) => [name, `${version} ${arch} ${status}`]);
  return { packages: Object.fromEntries(packages) as Facts["packages"], auto, hold };
}

/** The lines of the pins, by name. */
function pinsIn(lock: string): Readonly<Record<string, string>> {
  const [, pins = ""] = lock.split(/^---\n/m);
  const lines = pins.slice(pins.indexOf("\napt:\n")).matchAll(/^ {2}"?(?<name>[^\s":]+)"?: (?<pin>\{.*)$/gm);
  return Object.fromEntries([...lines].map(({ groups }) => [groups?.name ?? "", groups?.pin ?? ""]));
}
