import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DebSpec } from "../support/deb.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const PACKAGES: readonly DebSpec[] = [
  ...["xxx", "yyy", "zzz"].map((name) => ({ name, version: "1" })),
  { name: "lib", version: "1" },
  { name: "lib", version: "2" },
  { name: "wish", version: "1", fields: { Recommends: "lib (>= 2)" } },
  { name: "need", version: "1", fields: { Depends: "lib (>= 2)" } },
  { name: "dep", version: "1" },
  { name: "app", version: "1", fields: { Depends: "dep" } },
  { name: "frail-dep", version: "1" },
  {
    name: "frail",
    version: "1",
    fields: { Depends: "frail-dep" },
    scripts: { postinst: 'test ! -e "$DPKG_ROOT/var/log/broken"' },
  },
];

// Who owns what, over several runs, locks and hands: told by dpkg and apt-mark, and by what the next run would do.
describe.runIf(needs("apt-utils", "gpg", "root"))("ownership", () => {
  let lab: OmgLab;
  beforeEach(async () => {
    lab = await createOmgLab({ packages: PACKAGES });
  });
  afterEach(() => lab.dispose());

  const want = async (packages: Readonly<Record<string, unknown>>) => {
    lab.writeLock(lockOf(packages));
    await lab.expect(0, "apply", "--yes");
  };
  const names = async () => [...(await lab.apt.installed()).keys()].sort();

  it("survives a failing script: marks and ownership are right once it is mended", async () => {
    writeFileSync(join(lab.apt.root, "var/log/broken"), "");
    lab.writeLock(lockOf({ frail: "*" }));
    const { stderr } = await lab.expect(6, "apply", "--yes");
    expect(stderr).toContain("omg apply");
    await lab.expect(2, "check");
    const { stdout } = await lab.expect(0, "status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ state: "drifted" });
    rmSync(join(lab.apt.root, "var/log/broken"));
    await lab.expect(0, "apply", "--yes");
    expect(await lab.apt.marks()).toEqual({ manual: ["frail"], auto: ["frail-dep"], hold: [] });
    await want({});
    expect(await names()).toEqual([]);
  });

  it("ends with what somebody removed by hand and the lock dropped", async () => {
    await want({ xxx: "*", yyy: "*" });
    await lab.apt.aptOk("remove", "yyy");
    await want({ xxx: "*" });
    await lab.apt.aptOk("install", "yyy");
    await want({ xxx: "*" });
    expect(await names()).toEqual(["xxx", "yyy"]);
  });

  it("ends with a dependency that somebody asked for by name", async () => {
    await want({ app: "*" });
    await lab.apt.aptMark("manual", "dep");
    await want({});
    expect(await names()).toEqual(["dep"]);
  });

  it("of one lock is respected by another, and by its rollback", async () => {
    const other = join(lab.apt.folder, "other");
    mkdirSync(other);
    const both = (text: string) => writeFileSync(join(other, "omg.lock"), text.replace("name: lab", "name: other"));
    await want({ xxx: "*", yyy: "*" });
    both(lockOf({ yyy: "*", zzz: "*" }).replace("packages:", "unmanaged: remove\n  packages:"));
    await lab.expect(0, "-C", other, "apply", "--yes");
    expect(await names()).toEqual(["xxx", "yyy", "zzz"]);
    await want({ xxx: "*" });
    expect(await names()).toEqual(["xxx", "yyy", "zzz"]);
    const { stdout } = await lab.expect(0, "rollback", "system:0", "--yes");
    expect(stdout).toContain("apt.zzz");
    expect(await names()).toEqual(["yyy", "zzz"]);
    await lab.expect(0, "-C", other, "check");
  });

  it("is not made by a rollback of what somebody else had installed", async () => {
    await lab.apt.aptOk("install", "zzz");
    await want({ xxx: "*", zzz: "absent" });
    expect(await names()).toEqual(["xxx"]);
    await lab.expect(0, "rollback", "--yes");
    expect(await names()).toEqual(["zzz"]);
    await want({ xxx: "*" });
    expect(await names()).toEqual(["xxx", "zzz"]);
  });

  it("is what a rollback undoes: somebody else's upgrade stays", async () => {
    await lab.apt.aptOk("install", "lib=1");
    await want({ xxx: "*" });
    await lab.apt.aptOk("install", "lib");
    lab.apt.withdraw("lib", "1");
    await lab.apt.publish();
    await lab.apt.aptOk("update");
    await lab.expect(0, "rollback", "--yes");
    expect((await lab.apt.installed()).get("lib")?.version).toBe("2");
    expect(await names()).toEqual(["lib"]);
  });

  it("of pins: a new request does not move them where there is a way, and takes them along where there is none", async () => {
    await lab.apt.aptOk("install", "lib=1");
    lab.writeLock(lockOf({ lib: "*" }));
    await lab.expect(0, "lock");
    const version = async () => (await lab.apt.installed()).get("lib")?.version;
    lab.wantPackages({ lib: "*", wish: "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await version()).toBe("1");
    lab.wantPackages({ lib: "1", need: "*" });
    await lab.expect(0, "lock");
    await lab.expect(1, "apply", "--yes");
    lab.wantPackages({ lib: "*", need: "*" });
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await version()).toBe("2");
    await lab.expect(0, "check", "--locked");
  });

  it("decides what is cleaned up: the plan names it, and what others left over stays", async () => {
    await lab.apt.aptOk("install", "frail");
    await lab.apt.aptOk("remove", "frail");
    await want({ app: "*", xxx: "*" });
    expect(await names()).toEqual(["app", "dep", "frail-dep", "xxx"]);
    expect((await lab.apt.marks()).auto).toEqual(["dep", "frail-dep"]);
    lab.writeLock(lockOf({ xxx: "*" }));
    const { stdout } = await lab.expect(0, "plan", "--json");
    const { steps } = (JSON.parse(stdout) as { omg: { steps: { kind: string; address: string; cause: string }[] } })
      .omg;
    expect(steps.map(({ kind, address, cause }) => `${kind} ${address} ${cause}`).sort()).toEqual([
      "remove apt.app left",
      "remove apt.dep left",
    ]);
    await lab.expect(0, "apply", "--yes");
    expect(await names()).toEqual(["frail-dep", "xxx"]);
    expect((await lab.apt.marks()).auto).toEqual(["frail-dep"]);
  });

  it("is what it takes to flip a mark", async () => {
    await lab.apt.aptOk("install", "app", "zzz");
    await lab.apt.aptMark("auto", "zzz");
    lab.writeLock(lockOf({ dep: "*", zzz: "*", xxx: "*" }));
    await lab.expect(0, "lock");
    await lab.expect(0, "apply", "--yes");
    expect(await lab.apt.marks()).toEqual({ manual: ["app", "xxx"], auto: ["dep", "zzz"], hold: [] });
    await lab.expect(0, "check");
    await lab.expect(0, "adopt", "zzz");
    const { stdout } = await lab.expect(2, "check");
    expect(stdout).toMatch(/zzz +came along -> asked for/);
    await lab.expect(0, "apply", "--yes");
    expect((await lab.apt.marks()).auto).toEqual(["dep"]);
  });

  it("of a hold: omg works over its own and sets it again, and says how to lift somebody else's", async () => {
    await want({ lib: { version: "1", hold: true } });
    expect((await lab.apt.marks()).hold).toEqual(["lib"]);
    await want({ lib: { version: "2", hold: true } });
    expect((await lab.apt.installed()).get("lib")).toMatchObject({ version: "2", status: "hi" });
    await want({ lib: "2" });
    expect((await lab.apt.marks()).hold).toEqual([]);
    await lab.apt.aptMark("hold", "lib");
    lab.writeLock(lockOf({ lib: "1" }));
    const { stdout } = await lab.expect(1, "plan", "--allow-downgrades");
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "lib is held on this machine, and not by omg; it stays at 2. Next: Release it with `apt-mark unhold lib`",
    );
    await want({ lib: "2" });
    expect((await lab.apt.marks()).hold).toEqual(["lib"]);
  });

  it("keeps the scopes apart, and what is private private", async () => {
    const own = join(lab.apt.folder, "omg/config/user");
    mkdirSync(own, { recursive: true });
    const lock = join(own, "omg.lock");
    writeFileSync(lock, `${lockOf({ xxx: "*" }).replace("name: lab", "name: me")}env: { TOKEN: secret1 }\n`);
    await lab.expect(0, "apply", "--yes", "--lock", lock);
    const data = join(lab.apt.folder, "omg/data");
    for (const number of [0, 1])
      expect(readFileSync(join(data, `generations/${number}.json`), "utf8")).not.toContain("secret1");
    const mine = join(data, "user/generations/1.json");
    expect(readFileSync(mine, "utf8")).toContain("secret1");
    expect(readFileSync(mine, "utf8")).not.toContain("xxx");
    expect(statSync(mine).mode & 0o777).toBe(0o600);
  });
});
