import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PackageRequest, PinEntry, PlatformLock } from "../../../../schema/model/lock.ts";
import type { ArtifactRecord, LockProposal, PinUpdate, Provider } from "../../../../schema/model/provider.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { createBench } from "../../../support/apt-run.ts";
import type { DebSpec } from "../../../support/deb.ts";
import { needs } from "../../../support/needs.ts";

const deb = (name: string, version: string, more: Partial<DebSpec> = {}): DebSpec => ({ name, version, ...more });
const ALL: PinUpdate = { security: false };

// With the real solver: what apt finds no way for is not this code's to know.
describe.runIf(needs(...LAB_NEEDS))("pins that are taken forward", () => {
  let lab: AptLab;
  let apt: Provider;
  beforeEach(async () => {
    lab = await createAptLab({
      packages: [
        deb("omg-lib", "1.0"),
        deb("omg-app", "1.0", { fields: { Depends: "omg-lib" } }),
        deb("omg-tool", "1.0"),
        deb("omg-strict", "1.0", { fields: { Depends: "omg-lib (= 1.0)" } }),
      ],
    });
    apt = createBench(lab).provider;
  }, 60_000);
  afterEach(() => lab.dispose());

  const publish = async (...packages: readonly DebSpec[]) => {
    for (const each of packages) await lab.addPackage(each);
    await lab.publish();
    await lab.aptOk("update");
  };

  function lockOf(
    requests: Readonly<Record<string, Partial<PackageRequest>>>,
    pins: Readonly<Record<string, string>>,
  ): PlatformLock {
    const packages = Object.entries(requests).map(
      ([name, each]) => [name, { presence: "present", version: "*", ...each }] as const,
    );
    const section = { mode: "report", foreign: "report", ignore: [], packages: Object.fromEntries(packages) } as const;
    const entry = ([name, version]: readonly [string, string]): [string, PinEntry] => [
      name,
      { version, auto: requests[name] === undefined },
    ];
    return {
      name: "t",
      path: "/x/omg.lock",
      digest: "0",
      platform: "debian-12-amd64",
      own: false,
      pinned: true,
      indexes: {},
      runtimes: {},
      env: {},
      aliases: {},
      packages: { apt: section },
      pins: { apt: Object.fromEntries(Object.entries(pins).map(entry)) },
    };
  }

  const propose = async (lock: PlatformLock, update: PinUpdate, recorded?: ArtifactRecord): Promise<LockProposal> => {
    const records = { artifact: () => recorded, stored: () => recorded !== undefined };
    return apt.propose({ lock, observed: await apt.observe(), records, update });
  };
  const shortly = ({ pins }: LockProposal) => Object.fromEntries(pins.map(({ name, pin }) => [name, pin.version]));

  test("go no further than their requests, and take dependencies along, also on a machine that has none of it", async () => {
    await publish(
      deb("omg-app", "1.1", { fields: { Depends: "omg-lib" } }),
      deb("omg-lib", "1.1"),
      deb("omg-tool", "2.0"),
    );
    const lock = lockOf(
      { "omg-app": {}, "omg-tool": { version: "1.*" } },
      { "omg-app": "1.0", "omg-lib": "1.0", "omg-tool": "1.0" },
    );
    const expected = { "omg-app": "1.1", "omg-lib": "1.1", "omg-tool": "1.0" };
    expect(shortly(await propose(lock, ALL))).toEqual(expected);
    await lab.aptOk("install", "omg-app=1.0", "omg-lib=1.0", "omg-tool=1.0");
    expect(shortly(await propose(lock, ALL))).toEqual(expected);
    const one = await propose(lock, { names: new Set(["omg-lib"]), security: false });
    expect(shortly(one)).toEqual({ ...expected, "omg-app": "1.0" });
    const { pin } = one.pins.find(({ name }) => name === "omg-lib") ?? {};
    expect(pin).toEqual({ version: "1.1", sha256: lab.repo.deb("omg-lib", "1.1").sha256, from: "omg" });
  });

  test("keep back what apt finds no way for, with its reason, unless that was named", async () => {
    await publish(deb("omg-lib", "1.1"), deb("omg-tool", "1.1"));
    const requests = { "omg-strict": {}, "omg-lib": {}, "omg-tool": {} };
    const lock = lockOf(requests, { "omg-strict": "1.0", "omg-lib": "1.0", "omg-tool": "1.0" });
    const proposal = await propose(lock, ALL);
    expect(shortly(proposal)).toEqual({ "omg-strict": "1.0", "omg-lib": "1.0", "omg-tool": "1.1" });
    expect(proposal.notes.join()).toMatch(/omg-lib was kept back: apt finds no way to 1\.1, for .*omg-lib/);
    await expect(propose(lock, { names: new Set(["omg-lib"]), security: false })).rejects.toMatchObject({
      code: "lock-unresolvable",
    });
  });

  test("take a fix from a security source although something newer is elsewhere", async () => {
    await publish(
      deb("omg-tool", "1.0+fix", { suite: "stable-security" }),
      deb("omg-tool", "2.0"),
      deb("omg-lib", "1.1"),
      deb("omg-app", "1.0+fix", { suite: "stable-security", fields: { Depends: "omg-lib (>= 1.1)" } }),
    );
    const lock = lockOf({ "omg-app": {}, "omg-tool": {} }, { "omg-app": "1.0", "omg-lib": "1.0", "omg-tool": "1.0" });
    expect(shortly(await propose(lock, { security: true }))).toEqual({
      "omg-app": "1.0+fix",
      "omg-lib": "1.1",
      "omg-tool": "1.0+fix",
    });
    await lab.aptOk("install", "omg-app=1.0", "omg-lib=1.0");
    await publish(deb("omg-lib", "1.0+fix"), deb("omg-lib", "1.0+fix", { suite: "stable-security" }));
    const both = await propose(lockOf({ "omg-app": { version: "1.0" } }, { "omg-app": "1.0", "omg-lib": "1.0" }), {
      security: true,
    });
    expect(shortly(both)).toEqual({ "omg-app": "1.0", "omg-lib": "1.0+fix" });
    const exact = lockOf({ "omg-tool": { version: "1.0" } }, { "omg-tool": "1.0" });
    expect(shortly(await propose(exact, { security: true }))).toEqual({ "omg-tool": "1.0" });
  });

  test("take up what is installed and newer while it can be had, and say so where it cannot", async () => {
    await publish(deb("omg-tool", "1.1"));
    await lab.aptOk("install", "omg-tool");
    lab.withdraw("omg-tool", "1.1");
    await publish();
    const lock = lockOf({ "omg-tool": {} }, { "omg-tool": "1.0" });
    const lost = await propose(lock, ALL);
    expect(shortly(lost)).toEqual({ "omg-tool": "1.0" });
    expect(lost.notes.join()).toContain("omg-tool 1.1 is installed and newer than 1.0, but no source offers it");
    const kept: ArtifactRecord = {
      sha256: "a".repeat(64),
      filename: "x.deb",
      origin: "omg",
      arch: "all",
      size: 1,
      control: "Package: omg-tool\nVersion: 1.1\n",
      evidence: [],
    };
    expect((await propose(lock, ALL, kept)).pins).toEqual([
      { name: "omg-tool", pin: { version: "1.1", sha256: kept.sha256, from: "omg" }, auto: false },
    ]);
  });

  test("leave alone what is held, by the lock or by anybody, until it is named", async () => {
    await lab.aptOk("install", "omg-tool", "omg-lib");
    await lab.aptMark("hold", "omg-lib");
    await publish(deb("omg-tool", "1.1"), deb("omg-lib", "1.1"));
    const lock = lockOf({ "omg-tool": { hold: true }, "omg-lib": {} }, { "omg-tool": "1.0", "omg-lib": "1.0" });
    const all = await propose(lock, ALL);
    expect(shortly(all)).toEqual({ "omg-tool": "1.0", "omg-lib": "1.0" });
    expect(all.notes.join()).toMatch(/omg-tool is held, so 1\.1 was not taken.*omg-lib is held/);
    const named = { names: new Set(["omg-tool", "omg-lib"]), security: false };
    expect(shortly(await propose(lock, named))).toEqual({ "omg-tool": "1.1", "omg-lib": "1.1" });
  });

  test("go back only from a version that can be had nowhere", async () => {
    const lock = lockOf({ "omg-tool": {} }, { "omg-tool": "1.5" });
    expect(shortly(await propose(lock, ALL))).toEqual({ "omg-tool": "1.0" });
    await publish(deb("omg-tool", "1.5"));
    // Offered, and nothing that apt would take by itself.
    const never = "Package: omg-tool\nPin: version 1.5\nPin-Priority: -1\n";
    writeFileSync(join(lab.root, "etc/apt/preferences.d/never"), never);
    expect(shortly(await propose(lock, ALL))).toEqual({ "omg-tool": "1.5" });
  });
});
