import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { AptLabOptions } from "../support/apt-lab.ts";
import type { DebSpec } from "../support/deb.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const plain = (name: string, ...versions: readonly string[]): DebSpec[] =>
  versions.map((version) => ({ name, version }));

let lab: OmgLab;
const build = async (packages: readonly DebSpec[], options: AptLabOptions = {}) => {
  lab = await createOmgLab({ packages, ...options });
};
const versions = async () =>
  Object.fromEntries([...(await lab.apt.installed())].map(([name, { version }]) => [name, version]));
const want = (packages: Readonly<Record<string, unknown>>) => lab.writeLock(lockOf(packages));
const etc = (path: string, text: string) => writeFileSync(join(lab.apt.root, "etc/apt", path), text);
const pins = () => lab.readLock().split(/^apt:\n/m)[2] ?? "";

// Which version it is, and what comes with it, where apt would choose: told by dpkg and apt-mark.
describe.runIf(needs("apt", "dpkg", "gpg", "gpg-agent", "root"))("what is chosen", () => {
  afterEach(() => lab.dispose());

  describe("from a source that the lock demands", () => {
    const other = (spec: DebSpec): DebSpec => ({ ...spec, suite: "other" });
    const republish = async () => {
      await lab.apt.publish({ suite: "stable" });
      await lab.apt.publish({ suite: "other", label: "Other" });
      await lab.apt.aptOk("update");
    };

    it("is looked at in what is installed already, too", async () => {
      await build([...plain("tool", "1"), ...plain("tool", "2").map(other), ...plain("both", "1")], {
        skipUpdate: true,
      });
      await republish();
      await lab.apt.aptOk("install", "tool=1", "both");
      want({ tool: { version: "*", from: "other" }, both: { version: "*", from: "omg" } });
      const { stdout } = await lab.expect(2, "check");
      expect(stdout).toMatch(/tool +1 -> \* +upgrade +lock +from other/);
      expect(stdout).not.toMatch(/both +1/);
      await lab.expect(0, "apply", "--yes");
      expect(await versions()).toEqual({ tool: "2", both: "1" });
      await lab.expect(0, "check");

      lab.apt.withdraw("tool", "2");
      await lab.apt.addPackage({ name: "tool", version: "3", suite: "other" });
      await republish();
      await lab.expect(0, "check"); // It came from there: omg put it there itself.
      await lab.expect(0, "lock");
      expect(pins()).toMatch(/tool: \{ version: "2", .*from: other/);
      await lab.expect(0, "check", "--locked");
    });

    it("that has only an older version is a way back, which has to be asked for", async () => {
      await build([...plain("tool", "2"), ...plain("tool", "1").map(other)], { skipUpdate: true });
      await republish();
      await lab.apt.aptOk("install", "tool=2");
      want({ tool: "*" });
      await lab.expect(0, "lock");
      lab.writeLock(
        lab
          .readLock()
          .replace('"tool": "*"', "tool: { from: other }")
          .replace(/, from: omg/, ""),
      );
      expect((await lab.expect(2, "check")).stdout).toContain("from other");
      expect((await lab.expect(1, "plan")).stdout).toContain("No source offers tool 2 from other");
      await lab.expect(0, "lock");
      expect(pins()).toMatch(/tool: \{ version: "1", .*from: other/);
      expect((await lab.expect(0, "check")).stdout).toMatch(/tool 2 \(pinned: 1\)/);
      await lab.expect(0, "apply", "--yes", "--allow-downgrades");
      expect(await versions()).toEqual({ tool: "1" });
    });
  });

  it("pinned brings what the lock pins, whatever the machine's apt thinks of Recommends", async () => {
    await build([
      { name: "app", version: "1", fields: { Depends: "lib", Recommends: "extra", Suggests: "more" } },
      ...["lib", "extra", "more"].flatMap((name) => plain(name, "1")),
    ]);
    const recommends = (on: boolean) => etc("apt.conf.d/recommends", `APT::Install-Recommends "${on}";\n`);
    const all = { app: "1", lib: "1", extra: "1" };
    const { extra: _, ...needed } = all;
    for (const [locked, expected] of [
      [true, all],
      [false, needed],
    ] as const) {
      recommends(locked);
      want({ app: "*" });
      const open = JSON.parse((await lab.expect(0, "plan", "--json")).stdout) as { resource_changes: unknown[] };
      expect(open.resource_changes).toHaveLength(Object.keys(expected).length);
      await lab.expect(0, "lock");
      recommends(!locked);
      await lab.expect(0, "apply", "--yes", "--locked");
      expect(await versions(), `locked with Recommends ${locked}`).toEqual(expected);
      await lab.expect(0, "check", "--locked");
      await lab.apt.aptOk("purge", ...Object.keys(expected));
    }
  });

  it("takes updates that only some machines get when they are for all, and what is pinned at once", async () => {
    const phased = (spec: DebSpec, percentage: string): DebSpec => ({
      ...spec,
      fields: { ...spec.fields, "Phased-Update-Percentage": percentage },
    });
    const depends = (name: string, on: string): DebSpec => ({ name, version: "1", fields: { Depends: on } });
    await build([
      ...plain("tool", "1"),
      phased({ name: "tool", version: "2" }, "10"),
      ...plain("lib", "1"),
      phased({ name: "lib", version: "2" }, "10"),
      ...plain("done", "1"),
      phased({ name: "done", version: "2" }, "100"),
      phased({ name: "only", version: "1" }, "10"),
      depends("app", "lib"),
      depends("new", "lib (>= 2)"),
    ]);
    const locks: string[] = [];
    for (const digit of ["1", "2", "7", "f"]) {
      etc("apt.conf.d/id", `APT::Machine-ID "${digit.repeat(32)}";\n`);
      want({ tool: "*", done: "*", only: "*", app: "*" });
      await lab.expect(0, "lock");
      locks.push(lab.readLock());
    }
    expect(new Set(locks).size).toBe(1);
    for (const pin of ["tool", "only", "app", "lib"])
      expect(locks[0]).toMatch(new RegExp(`  ${pin}: \\{ version: "1"`));
    expect(locks[0]).toContain('  done: { version: "2"');
    await lab.expect(0, "apply", "--yes");
    const { updates } = JSON.parse((await lab.expect(0, "status", "--json")).stdout) as { updates: number };
    expect(updates).toBe(0);

    want({ tool: "2", app: "*", new: "*" });
    await lab.expect(0, "lock");
    expect(pins()).toContain('lib: { version: "2"');
    await lab.expect(0, "apply", "--yes");
    expect(await versions()).toEqual({ tool: "2", lib: "2", app: "1", new: "1" });
    etc("apt.conf.d/id", 'APT::Get::Never-Include-Phased-Updates "true";\n');
    await lab.expect(0, "check", "--locked");
  });

  it("keeps every pin that can stay beside one that cannot", async () => {
    await build([
      ...plain("one", "1"),
      ...plain("two", "1"),
      { name: "app", version: "1", fields: { Depends: "one, two" } },
    ]);
    want({ app: "*" });
    await lab.expect(0, "lock");
    for (const name of ["one", "two"]) await lab.apt.addPackage({ name, version: "2" });
    await lab.apt.addPackage({ name: "new", version: "1", fields: { Depends: "one (>= 2), two" } });
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    lab.wantPackages({ app: "*", new: "*" });
    await lab.expect(0, "lock");
    expect(pins()).toMatch(/ {2}one: \{ version: "2".*\n {2}two: \{ version: "1"/);
    await lab.expect(0, "apply", "--yes", "--locked");
    expect(await versions()).toEqual({ app: "1", new: "1", one: "2", two: "1" });
  });

  it("goes back together with what has to be in the very same version", async () => {
    const set = (version: string): DebSpec[] => [
      { name: "tool", version, fields: { Depends: `tool-lib (= ${version})` } },
      { name: "tool-lib", version, fields: { Depends: `tool-data (= ${version})` } },
      { name: "tool-data", version },
    ];
    await build([...set("1"), ...set("2")]);
    await lab.apt.aptOk("install", "tool");
    want({ tool: "1" });
    expect((await lab.expect(1, "plan")).stdout).toContain("tool-lib would go back from 2 to 1");
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes", "--locked", "--allow-downgrades");
    expect(await versions()).toEqual({ tool: "1", "tool-lib": "1", "tool-data": "1" });
    expect((await lab.apt.marks()).manual).toEqual(["tool"]);

    lab.wantPackages({ tool: "2" });
    await lab.expect(0, "lock");
    expect(pins()).toMatch(/tool-data: \{ version: "2"/);
    lab.wantPackages({ tool: "1" });
    await lab.expect(0, "lock"); // Turned back before it was applied: no pin stays behind.
    for (const name of ["tool", "tool-lib", "tool-data"]) expect(pins()).toContain(`  ${name}: { version: "1"`);
    await lab.expect(0, "check", "--locked");
  });

  it("keeps the pins that a machine did not follow yet", async () => {
    await build([
      ...plain("one", "1", "2"),
      { name: "app", version: "1", fields: { Depends: "one" } },
      ...plain("more", "1"),
    ]);
    await lab.apt.aptOk("install", "app", "one=1");
    await lab.apt.aptMark("auto", "one");
    want({ app: "*" });
    await lab.expect(0, "lock");
    const sha256 = lab.apt.repo.deb("one", "2").sha256;
    lab.writeLock(
      lab.readLock().replace(/one: \{ version: "1", sha256: \w+/, `one: { version: "2", sha256: ${sha256}`),
    );
    lab.wantPackages({ app: "*", more: "*" });
    await lab.expect(0, "lock");
    expect(pins()).toContain(`one: { version: "2", sha256: ${sha256}`);
  });

  describe("of several architectures", () => {
    const same = (name: string, version: string): DebSpec[] =>
      ["amd64", "i386"].map((arch) => ({
        name,
        version,
        arch,
        fields: { "Multi-Arch": "same" },
        files: { [`usr/share/${name}/version`]: `${version}\n`, [`usr/lib/${arch}/${name}`]: version },
      }));
    const foreign = { foreign: ["i386"] };

    it("takes both along where they have to be the same, in the lock and in the plan", async () => {
      await build([...same("lib", "1"), ...same("lib", "2"), ...plain("all", "1")], foreign);
      await lab.apt.aptOk("install", "lib=1", "lib:i386=1", "all");
      await lab.apt.aptMark("auto", "lib:i386");
      want({ lib: "2", all: "*" });
      const { stdout } = await lab.expect(0, "plan");
      expect(stdout).toMatch(/lib +1 -> 2 +upgrade +lock/);
      expect(stdout).toMatch(/lib:i386 +1 -> 2 +upgrade/);
      await lab.expect(0, "lock");
      expect(pins()).toMatch(/ {2}all: .*\n {2}lib: \{ version: "2".*\n {2}lib:i386: \{ version: "2".*auto: true/);
      await lab.expect(0, "apply", "--yes", "--locked");
      expect(await versions()).toEqual({ lib: "2", "lib:i386": "2", all: "1" });
      await lab.expect(0, "check", "--locked");
      want({ lib: "1", "lib:i386": "2" });
      expect((await lab.expect(1, "plan", "--allow-downgrades")).stdout).toContain("lib");
      want({ lib: "1", "lib:i386": "1" });
      await lab.expect(0, "apply", "--yes", "--allow-downgrades");
      expect(await versions()).toEqual({ lib: "1", "lib:i386": "1", all: "1" });
    });

    it("pins a rebuild of one architecture for that one alone", async () => {
      const tool = (arch: string, ...list: readonly string[]): DebSpec[] =>
        list.map((version) => ({
          name: "tool",
          version,
          arch,
          fields: { Source: "tool (1-1)", "Multi-Arch": "foreign" },
        }));
      const user: DebSpec = { name: "user", version: "1-1+b2", arch: "i386", fields: { Source: "user (1-1)" } };
      await build([...tool("amd64", "1-1", "1-1+b1"), ...tool("i386", "1-1"), user], foreign);
      want({ tool: "*", "user:i386": "*" });
      await lab.expect(0, "lock");
      expect(pins()).toMatch(/tool: \{ version: "1-1\+b1".*\n {2}user:i386: \{ version: "1-1\+b2"/);
      const deb = lab.apt.repo.deb("tool", "1-1+b1", "stable", "amd64");
      expect(pins()).toContain(deb.sha256);
      await lab.expect(0, "apply", "--yes", "--locked");
      expect(await versions()).toEqual({ tool: "1-1+b1", "user:i386": "1-1+b2" });
      want({ tool: "1-1", "user:i386": "*" });
      await lab.expect(0, "apply", "--yes", "--allow-downgrades");
      expect(await versions()).toEqual({ tool: "1-1", "user:i386": "1-1+b2" });
      await lab.expect(0, "check");
    });

    it("names who provides what is only virtual", async () => {
      const editor = (name: string, arch: string): DebSpec => ({
        name,
        version: "1",
        arch,
        fields: { Provides: "editor" },
      });
      await build([editor("one", "amd64"), editor("two", "i386")], foreign);
      want({ editor: "*" });
      for (const command of ["plan", "lock"]) {
        const { stdout, stderr } = await lab.expect(1, command);
        expect((stdout + stderr).replace(/\s+/g, " ")).toContain(
          "editor is a virtual package, provided by one, two:i386",
        );
      }
    });
  });
});
