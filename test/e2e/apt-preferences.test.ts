import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { DebSpec } from "../support/deb.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const plain = (name: string, ...versions: readonly string[]): DebSpec[] =>
  versions.map((version) => ({ name, version }));

// What apt's preferences stand against is not simply missing: the plan names the record that is why.
describe.runIf(needs("apt", "dpkg", "gpg", "gpg-agent", "root"))("apt's preferences", () => {
  let lab: OmgLab;
  afterEach(() => lab.dispose());
  const build = async (packages: readonly DebSpec[]) => {
    lab = await createOmgLab({ packages });
  };
  const versions = async () =>
    Object.fromEntries([...(await lab.apt.installed())].map(([name, { version }]) => [name, version]));
  const want = (packages: Readonly<Record<string, unknown>>) => lab.writeLock(lockOf(packages));
  const etc = (path: string, text: string) => writeFileSync(join(lab.apt.root, "etc/apt", path), text);

  const record = (name: string, pin: string, priority: number) =>
    `# Why it stands here.\n\nPackage: ${name}\nPin: ${pin}\nPin-Priority: ${priority}\n`;
  const said = async (code: number, ...args: readonly string[]) => {
    const ran = await lab.expect(code, ...args);
    return (ran.stdout + ran.stderr).replace(/\s+/g, " ");
  };
  const place = () => join(lab.apt.root, "etc/apt/preferences.d/mine:3");

  it.each(["version 2*", "release l=OMG", 'origin ""'])("with %s below 0, says which record is why", async (pin) => {
    await build(plain("tool", "2.1"));
    etc("preferences.d/mine", record("t?ol", pin, -1));
    want({ tool: "*" });
    for (const command of [["plan"], ["lock"]])
      expect(await said(1, ...command)).toContain(`never to take it: ${place()} (Package: t?ol, Pin: ${pin}`);
  });

  it("says so where a pin of the lock goes over one", async () => {
    await build(plain("tool", "1"));
    want({ tool: "*" });
    await lab.expect(0, "lock");
    etc("preferences.d/mine", record("tool", "version *", -10));
    expect(await said(0, "plan")).toContain(
      `taken because it is pinned, although apt's preferences say never to: ${place()}`,
    );
    await lab.expect(0, "apply", "--yes");
    expect(await versions()).toEqual({ tool: "1" });
  });

  it("says so where one makes an older version win, and where a dependency cannot come", async () => {
    await build([...plain("tool", "1", "2"), { name: "app", version: "1", fields: { Depends: "tool (>= 2)" } }]);
    etc("preferences.d/mine", record("tool", "version 1", 1001));
    want({ tool: "*" });
    expect(await said(0, "plan")).toContain(`tool 1, and not 2, because of apt's preferences: ${place()}`);
    await lab.apt.aptOk("install", "tool=2");
    want({ tool: "1" });
    expect(await said(1, "plan")).toContain("tool would go back from 2 to 1, which was not asked for.");
    await lab.apt.aptOk("purge", "tool");
    want({ app: "*" });
    expect(await said(1, "plan")).toContain(`have a say in which tool may come: ${place()}`);
  });
});
