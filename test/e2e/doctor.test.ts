import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../schema/model/finding.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";
import { until } from "../support/until.ts";

const PACKAGES = [
  { name: "good", version: "1" },
  { name: "frail", version: "1", scripts: { postinst: 'test ! -e "$DPKG_ROOT/var/log/broken"' } },
];

// The real omg on a machine that is broken in the ways that machines are.
describe.runIf(needs("apt-utils", "gpg", "root"))("omg doctor", () => {
  let lab: OmgLab;
  beforeAll(async () => {
    lab = await createOmgLab({ packages: PACKAGES });
    lab.writeLock(lockOf({ good: "*" }));
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
  });
  afterAll(() => lab.dispose());

  const examine = async (...args: string[]) => {
    const { stdout, code } = await lab.omg(["doctor", "--json", ...args]);
    const result: { findings: Finding[]; mended: string[]; not_mended: { reason: string }[]; healthy: boolean } =
      JSON.parse(stdout);
    expect(code).toBe(result.healthy ? 0 : 1);
    const of = (check: string) => result.findings.filter((finding) => finding.check === check);
    return { ...result, of, level: (check: string) => of(check).map(({ level }) => level) };
  };
  const omgFolder = (...names: string[]) => join(lab.apt.folder, "omg", ...names);

  it("finds nothing bad on a machine that is in order, and changes nothing by looking", async () => {
    const before = lab.apt.snapshot();
    const log = readFileSync(omgFolder("data/audit/audit.jsonl"), "utf8");
    const found = await examine();
    for (const check of [
      "dpkg",
      "apt-locks",
      "apt-lists",
      "apt-sources",
      "keys",
      "system-log",
      "folders",
      "lock",
      "policy",
      "clock",
    ])
      expect([check, ...found.level(check)]).toEqual([check, "ok"]);
    expect(lab.apt.snapshot()).toBe(before);
    expect(readFileSync(omgFolder("data/audit/audit.jsonl"), "utf8")).toBe(log);
    const { stdout } = await lab.omg(["doctor"]);
    expect(stdout).toMatch(/^ok {4}dpkg +No package is half done\.$/m);
  });

  it("finds half-configured packages, says why it cannot mend them, and mends them once it can", async () => {
    writeFileSync(join(lab.apt.root, "var/log/broken"), "");
    await lab.apt.apt("install", "frail");
    const found = await examine();
    expect(found.of("dpkg")).toMatchObject([{ level: "bad", next: "sudo dpkg --configure -a" }]);
    expect(found.of("dpkg")[0]?.found).toContain("frail");
    const failed = await examine("--fix");
    expect([failed.mended, failed.not_mended.length]).toEqual([[], 1]);
    rmSync(join(lab.apt.root, "var/log/broken"));
    const mended = await examine("--fix");
    expect([mended.mended, mended.level("dpkg")]).toEqual([["repair"], ["ok"]]);
    expect((await lab.apt.installed()).get("frail")?.status).toBe("ii");
  });

  it("finds an apply that was cut off, and finishes it", async () => {
    lab.writeLock(lockOf({ good: "absent" }));
    const killed = await lab.omg(["apply", "--yes"], { env: { OMG_FAILPOINT: "record.before-generation" } });
    expect(killed.signal).toBe("SIGKILL");
    expect((await examine()).of("system-interrupted")).toMatchObject([{ level: "bad", next: "omg apply" }]);
    const mended = await examine("--fix");
    expect([mended.mended, mended.level("system-interrupted")]).toEqual([["recover"], []]);
    expect(JSON.parse((await lab.expect(0, "history", "--json")).stdout).entries).toHaveLength(3);
  });

  it("finds folders that others can write to, and closes them", async () => {
    chmodSync(omgFolder("data/store"), 0o777);
    expect((await examine()).of("folders")[0]).toMatchObject({ level: "bad", found: expect.stringContaining("store") });
    expect((await examine("--fix")).level("folders")).toEqual(["ok"]);
    expect(statSync(omgFolder("data/store")).mode & 0o777).toBe(0o755);
  });

  it("finds lists that were never fetched, and fetches them", async () => {
    const lists = join(lab.apt.root, "var/lib/apt/lists");
    for (const name of readdirSync(lists)) if (name.endsWith("Packages")) rmSync(join(lists, name));
    expect((await examine()).of("apt-lists")).toMatchObject([{ level: "bad", next: "sudo apt-get update" }]);
    const mended = await examine("--fix");
    expect([mended.mended, mended.level("apt-lists")]).toEqual([["refresh"], ["ok"]]);
  });

  it("finds a clock that is before a signed index", async () => {
    const lists = join(lab.apt.root, "var/lib/apt/lists");
    const name = readdirSync(lists).find((each) => each.endsWith("Release")) ?? "";
    const text = readFileSync(join(lists, name), "utf8");
    writeFileSync(join(lists, name), text.replace(/^Date: .*$/m, "Date: Tue, 01 Jan 2097 00:00:00 UTC"));
    expect((await examine()).of("clock")).toMatchObject([{ level: "bad", found: expect.stringContaining("2097") }]);
    writeFileSync(join(lists, name), text);
  });

  it("finds who holds apt's locks", async () => {
    const path = join(lab.apt.root, "var/lib/dpkg/lock-frontend");
    const holder = spawn("flock", [path, "sh", "-c", "echo held; cat"], { stdio: ["pipe", "pipe", "ignore"] });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    expect((await examine()).of("apt-locks")).toMatchObject([{ level: "warn" }]);
    holder.stdin.end();
    await new Promise((resolve) => holder.once("close", resolve));
    await until(async () => (await examine()).level("apt-locks")[0] === "ok");
  });

  it("finds sources that nobody's or anybody's signature vouches for, and none at all", async () => {
    const parts = join(lab.apt.root, "etc/apt/sources.list.d");
    mkdirSync(parts, { recursive: true });
    const file = join(parts, "loose.list");
    writeFileSync(file, "deb [trusted=yes] file:/nonexistent ./\n");
    expect((await examine()).of("apt-sources")).toMatchObject([
      { level: "warn", found: expect.stringContaining(`${file}:1`) },
    ]);
    writeFileSync(file, "deb file:/nonexistent ./\n");
    expect((await examine()).of("apt-sources")[0]?.next).toContain("Signed-By");
    rmSync(file);
  });

  it("finds a policy that this build cannot hold, and a lock that cannot be read", async () => {
    const policy = join(lab.project, "policy.toml");
    writeFileSync(policy, "version = 1\n[grade]\nminimun = 'verified'\n");
    expect((await examine()).of("policy")).toMatchObject([{ level: "bad", found: expect.stringContaining("minimun") }]);
    const waiver =
      '[[waivers]]\nrule = "packages.deny"\npackage = "x"\nreason = "r"\nowner = "o"\nexpires = 2020-01-01\n';
    writeFileSync(policy, `version = 1\n${waiver}`);
    expect((await examine()).of("policy")).toMatchObject([
      { level: "warn", found: expect.stringContaining(`packages.deny of x (${policy}:2)`) },
    ]);
    rmSync(policy);
    const text = lab.readLock();
    lab.writeLock("version: 1\nname: [\n");
    expect((await examine()).level("lock")).toEqual(["bad"]);
    lab.writeLock("version: 1\nname: lab\napt: { packages: { good: '*' } }\n");
    expect((await examine()).of("lock")).toMatchObject([{ level: "warn", next: "omg lock" }]);
    lab.writeLock(text);
  });

  it("finds a log that was cut, and one whose head is missing", async () => {
    const log = omgFolder("data/audit/audit.jsonl");
    const text = readFileSync(log, "utf8");
    writeFileSync(log, `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`);
    expect((await examine()).of("system-log")).toMatchObject([
      { level: "bad", found: expect.stringContaining("ends at line") },
    ]);
    writeFileSync(log, text);
    const head = omgFolder("state/audit-head.json");
    renameSync(head, `${head}.away`);
    expect((await examine()).of("system-log")).toMatchObject([
      { level: "bad", found: expect.stringContaining("not known") },
    ]);
    renameSync(`${head}.away`, head);
    expect((await examine()).level("system-log")).toEqual(["ok"]);
  });

  it("finds a PATH without omg", async () => {
    expect((await examine()).of("path")).toMatchObject([
      { level: "warn", next: expect.stringContaining("export PATH") },
    ]);
  });
});
