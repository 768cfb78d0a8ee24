import { execFileSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Change } from "../../../../schema/model/change.ts";
import type { Provider } from "../../../../schema/model/provider.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { createBench } from "../../../support/apt-run.ts";
import { needs } from "../../../support/needs.ts";

const started = vi.hoisted(() => [] as string[]);

// The real programs run; only their starts are written down.
vi.mock("../../../../host/run.ts", async (original) => {
  const real = await original<typeof import("../../../../host/run.ts")>();
  const run: typeof real.run = (file, args, options) => {
    started.push([file, ...args].join(" "));
    return real.run(file, args, options);
  };
  return { ...real, run };
});

describe.runIf(needs(...LAB_NEEDS))("programs that a plan starts", () => {
  let lab: AptLab;
  let apt: Provider;
  beforeAll(async () => {
    lab = await createAptLab();
    apt = createBench(lab).provider;
    await apt.observe();
    await plan([change("omg-app")]);
  }, 60_000);
  afterAll(() => lab?.dispose());
  beforeEach(() => {
    started.length = 0;
  });

  const change = (name: string): Change => ({
    address: `apt.${name}`,
    provider: "apt",
    name,
    kind: "install",
    cause: "lock",
    before: null,
    after: { auto: false },
    request: "*",
  });
  const plan = async (changes: readonly Change[]) =>
    apt.resolve(changes, await apt.observe(), {
      allowDowngrades: false,
      ownHolds: new Set(),
      records: { artifact: () => undefined, stored: () => false },
    });

  it("with nothing to do: none at all", async () => {
    expect((await plan([])).steps).toEqual([]);
    await apt.fingerprint();
    expect(started).toEqual([]);
  });

  it("with changes: the solver, once, and nothing else", async () => {
    const { steps } = await plan(["omg-app", "omg-script", "omg-epoch"].map(change));
    expect(steps.length).toBeGreaterThan(3);
    expect(started).toEqual([expect.stringMatching(/^\/usr\/bin\/apt-get .*--simulate/)]);
  });

  it("and nothing is left in apt's log folder", async () => {
    const asked = ["--simulate", "install", "omg-app"];
    execFileSync("apt-get", asked, { env: { ...process.env, ...lab.env } });
    const log = join(lab.root, "var/log/apt");
    expect(readdirSync(log)).toEqual(["eipp.log.xz"]);
    rmSync(join(log, "eipp.log.xz"));
    await plan([change("omg-app")]);
    expect(readdirSync(log)).toEqual([]);
  });
});
