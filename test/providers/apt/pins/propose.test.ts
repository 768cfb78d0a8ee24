import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { PackageRequest, PinEntry, PlatformLock } from "../../../../schema/model/lock.ts";
import type { LockProposal, Provider } from "../../../../schema/model/provider.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { createBench } from "../../../support/apt-run.ts";
import { needs } from "../../../support/needs.ts";

describe.runIf(needs(...LAB_NEEDS))("pins for a lock", () => {
  let lab: AptLab;
  let apt: Provider;
  beforeEach(async () => {
    lab = await createAptLab();
    apt = createBench(lab).provider;
  }, 60_000);
  afterEach(() => lab.dispose());

  const records = { artifact: () => undefined, stored: () => false };

  function lockOf(
    packages: Readonly<Record<string, Partial<PackageRequest>>>,
    pins: Readonly<Record<string, PinEntry>> = {},
  ): PlatformLock {
    const requests = Object.entries(packages).map(
      ([name, each]) => [name, { presence: "present", version: "*", ...each }] as const,
    );
    const section = { mode: "report", foreign: "report", ignore: [], packages: Object.fromEntries(requests) } as const;
    const rest = { runtimes: {}, env: {}, aliases: {}, pinned: true, own: false, indexes: {} };
    return {
      ...rest,
      name: "t",
      path: "/x/omg.lock",
      digest: "0",
      platform: "debian-12-amd64",
      packages: { apt: section },
      pins: { apt: pins },
    };
  }

  const propose = async (lock?: PlatformLock): Promise<LockProposal> =>
    apt.propose({ observed: await apt.observe(), records, ...(lock === undefined ? {} : { lock }) });

  const shortly = ({ pins }: LockProposal) =>
    Object.fromEntries(pins.map(({ name, pin, auto }) => [name, `${pin.version}${auto ? " auto" : ""}`]));

  const hash = (name: string, version: string) => lab.repo.deb(name, version).sha256;

  test("what a removed package left of its configuration is not the package: its needs are pinned as well", async () => {
    await lab.aptOk("install", "omg-app=2.0");
    await lab.aptOk("remove", "--autoremove", "omg-app");
    expect((await lab.installed()).get("omg-app")?.status).toBe("rc");
    expect(shortly(await propose(lockOf({ "omg-app": { version: "2.0" } })))).toEqual({
      "omg-app": "2.0",
      "omg-base": "1.0 auto",
      "omg-extra": "1.0 auto",
      "omg-lib": "1.1 auto",
    });
  });

  test("a capture asks for what was asked for, and pins all that is there", async () => {
    await lab.aptOk("install", "omg-app=2.0", "omg-epoch");
    await lab.aptOk("install", "omg-script");
    await lab.aptOk("remove", "omg-script");
    await lab.aptMark("hold", "omg-epoch");
    const proposal = await propose();
    expect(proposal.requests).toEqual({ "omg-app": { version: "*" }, "omg-epoch": { version: "*", hold: true } });
    expect(shortly(proposal)).toEqual({
      "omg-app": "2.0",
      "omg-base": "1.0 auto",
      "omg-epoch": "1:0.5",
      "omg-extra": "1.0 auto",
      "omg-lib": "1.1 auto",
    });
    expect(proposal.pins.find(({ name }) => name === "omg-app")?.pin).toEqual({
      version: "2.0",
      sha256: hash("omg-app", "2.0"),
      from: "omg",
    });
    expect(proposal.notes).toEqual([]);
  });

  test("a capture says how many hashes nobody knows", async () => {
    await lab.aptOk("install", "omg-app=2.0");
    lab.withdraw("omg-app", "2.0");
    await lab.publish();
    await lab.aptOk("update");
    const proposal = await propose();
    expect(proposal.pins.find(({ name }) => name === "omg-app")?.pin).toEqual({ version: "2.0" });
    expect(proposal.notes).toEqual([expect.stringContaining("the hash of 1 of 4 packages is not known")]);
  });

  test("the digests are those of the files that the repository published", async () => {
    const dist = join(lab.repo.path, "dists/stable");
    const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    expect((await propose()).indexes).toEqual({
      "omg/stable/main": {
        release: digest(join(dist, "InRelease")),
        packages: digest(join(dist, "main/binary-amd64/Packages")),
      },
    });
  });

  test("pins come from the lock while they answer, else from the machine, else from the solver", async () => {
    await lab.aptOk("install", "omg-epoch=0.9", "omg-lib=1.0");
    const kept = { version: "2.0", sha256: hash("omg-app", "2.0"), from: "omg", auto: false };
    const lock = lockOf(
      { "omg-app": { version: "2.*" }, "omg-epoch": {}, "omg-script": { version: "1.0" }, "omg-g++": {} },
      { "omg-app": kept },
    );
    const proposal = await propose(lock);
    expect(shortly(proposal)).toEqual({
      "omg-app": "2.0",
      "omg-base": "1.0 auto",
      "omg-epoch": "0.9",
      "omg-extra": "1.0 auto",
      "omg-g++": "1.0",
      "omg-lib": "1.0 auto",
      "omg-script": "1.0",
    });
    expect(proposal.pins.every(({ pin }) => pin.sha256 !== undefined && pin.from === "omg")).toBe(true);
    expect(proposal.requests).toEqual({});
  });

  test("pinned dependencies stay where the solver can live with them, and move where it cannot", async () => {
    const known = { "omg-lib": { version: "1.0", sha256: hash("omg-lib", "1.0"), from: "omg", auto: true } };
    expect(shortly(await propose(lockOf({ "omg-app": { version: "2.0" } }, known)))["omg-lib"]).toBe("1.0 auto");
    expect(shortly(await propose(lockOf({ "omg-app": { version: "2.1" } }, known)))["omg-lib"]).toBe("1.1 auto");
  });

  test("dependencies of what is installed already are pinned, and nothing else of the machine", async () => {
    await lab.aptOk("install", "omg-app=2.0", "omg-epoch");
    expect(shortly(await propose(lockOf({ "omg-app": {} })))).toEqual({
      "omg-app": "2.0",
      "omg-base": "1.0 auto",
      "omg-extra": "1.0 auto",
      "omg-lib": "1.1 auto",
    });
  });

  test("a lock whose requests nobody can meet is an error with every reason, and changes nothing", async () => {
    const before = lab.snapshot();
    await expect(propose(lockOf({ "omg-nope": {} }))).rejects.toMatchObject({
      code: "lock-unresolvable",
      details: [expect.stringContaining("omg-nope")],
    });
    await expect(propose(lockOf({ "omg-broken": {} }))).rejects.toMatchObject({
      details: [expect.stringContaining("Depends: omg-lib (>= 9)")],
    });
    expect(lab.snapshot()).toBe(before);
  });
});
