import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { leaveLargeOldLog } from "../support/audit-log.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab, type OmgRun } from "../support/omg-lab.ts";
import { killTree, waitForEnd } from "../support/processes.ts";
import { generator, SEED } from "../support/random.ts";
import { omgPath } from "../support/refusal.ts";

// kill -9 at every failpoint that the code has, and at random instants. `npm test` takes a sample; `npm run torture -- apply` all.
const ALL = process.env.OMG_TORTURE === "all";
const RANDOM_KILLS = ALL ? 60 : 6;
const MAX_OCCURRENCES = ALL ? 100 : 2;

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const SOURCES = ["host", "reconciler", "providers", "policy", "app", "root", "cli"];

/** Every failpoint that stands in the code: a new one is tortured without anybody listing it. */
const FAILPOINTS = [
  ...new Set(
    SOURCES.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .flatMap((file) =>
          [...readFileSync(join(ROOT, folder, file), "utf8").matchAll(/failpoint\("([^"]+)"\)/g)].map(
            ([, name = ""]) => name,
          ),
        ),
    ),
  ),
]
  // No part of an apply of packages: test/e2e/clean.test.ts, test/e2e/runtimes-faults.test.ts.
  .filter((name) => !/^(?:clean|extract|remove)\./.test(name))
  .sort();

/** Installs, upgrades, removes, marks and holds in one apply; every one a way to be cut off. */
const WANTED = { "omg-app": { version: "2.1", hold: true }, "omg-slow": "1.0", "omg-script": "absent" };
const GOAL = {
  versions: {
    "omg-app": "2.1 hi",
    "omg-base": "1.0 ii",
    "omg-extra": "1.0 ii",
    "omg-lib": "1.1 ii",
    "omg-slow": "1.0 ii",
  },
  marks: { manual: ["omg-app", "omg-slow"], auto: ["omg-base", "omg-extra", "omg-lib"], hold: ["omg-app"] },
};

/** Reached only over a log of an earlier version, or one that has grown enough to be set aside. */
const OVER_OLD_LOG = ["log.after-first-signature", "log.after-key", "log.after-rotate"];

async function prepared(name = ""): Promise<OmgLab> {
  const lab = await createOmgLab({ conf: 'APT::Install-Recommends "true";' });
  lab.writeLock(lockOf({ "omg-app": "2.0", "omg-script": "1.0" }));
  await lab.expect(0, "apply", "--yes");
  lab.writeLock(lockOf(WANTED));
  if (OVER_OLD_LOG.includes(name)) leaveLargeOldLog(omgPath(lab, "data/audit/audit.jsonl"), omgPath(lab, "state"));
  return lab;
}

async function stateOf(lab: OmgLab): Promise<typeof GOAL> {
  const installed = [...(await lab.apt.installed())].filter(([, one]) => !one.status.startsWith("r"));
  return {
    versions: Object.fromEntries(
      installed.map(([name, { version, status }]) => [name, `${version} ${status}`]),
    ) as (typeof GOAL)["versions"],
    marks: (await lab.apt.marks()) as (typeof GOAL)["marks"],
  };
}

/** What must be true whatever happened: the next apply finishes, dpkg is content, the log is whole, nothing is left to do. */
async function expectRecovery(lab: OmgLab, what: string): Promise<void> {
  const next = await lab.omg(["apply", "--yes"]);
  expect(next.code, `${what}: ${next.stdout}${next.stderr}`).toBe(0);
  expect(await stateOf(lab), what).toEqual(GOAL);
  expect((await lab.apt.dpkg("--audit")).stdout, what).toBe("");
  await lab.expect(0, "check");
  const history = JSON.parse((await lab.expect(0, "history", "--json")).stdout);
  expect(history.log.system.broken, what).toBeUndefined();
  await lab.expect(0, "rollback", "system:1", "--yes");
  expect((await stateOf(lab)).versions, `${what}: the way back`).toMatchObject({
    "omg-app": "2.0 ii",
    "omg-script": "1.0 ii",
  });
}

/** Kills omg and, half of the time, apt and dpkg with it: a power cut takes all, the out-of-memory killer takes one. */
async function killed(lab: OmgLab, env: Readonly<Record<string, string>>, all: boolean): Promise<OmgRun> {
  const run = await lab.omg(["apply", "--yes"], { env });
  if (all) killTree(lab.apt.folder);
  else await waitForEnd(lab.apt.folder);
  return run;
}

describe.runIf(needs("apt-utils", "gpg", "root"))("kill -9", () => {
  const reached = new Set<string>();

  it.each(FAILPOINTS.filter((name) => !name.startsWith("recover.")))(
    "at %s",
    async (name) => {
      for (let occurrence = 1; occurrence <= MAX_OCCURRENCES; occurrence += 1) {
        const lab = await prepared(name);
        try {
          const run = await killed(lab, { OMG_FAILPOINT: `${name}:${occurrence}` }, occurrence % 2 === 1);
          if (run.signal !== "SIGKILL") break;
          reached.add(name);
          // The machine that crashes once tends to crash again, at the same place.
          if (occurrence === 1) await killed(lab, { OMG_FAILPOINT: name }, true);
          await expectRecovery(lab, `${name}:${occurrence}`);
        } finally {
          await lab.dispose();
        }
      }
      expect(reached, "a failpoint that no apply reaches").toContain(name);
    },
    ALL ? 3_600_000 : 120_000,
  );

  it.each(FAILPOINTS.filter((name) => name.startsWith("recover.")))(
    "at %s, while recovering from an earlier kill",
    async (name) => {
      const lab = await prepared();
      try {
        await cutInsideDpkg(lab);
        const second = await killed(lab, { OMG_FAILPOINT: name }, true);
        expect(second.signal, `${second.stdout}${second.stderr}`).toBe("SIGKILL");
        await expectRecovery(lab, name);
      } finally {
        await lab.dispose();
      }
    },
    120_000,
  );

  it(
    `at ${RANDOM_KILLS} random instants, with dpkg running in some (seed ${SEED})`,
    async () => {
      console.log(`torture: OMG_SEED=${SEED}`);
      const random = generator(SEED);
      let withDpkg = 0;
      for (let round = 0; round < RANDOM_KILLS; round += 1) {
        const lab = await prepared();
        try {
          const delay = Math.floor(random() * 4000);
          const alive = await killAfter(lab, delay);
          if (alive) withDpkg += 1;
          await expectRecovery(lab, `seed ${SEED}, round ${round}, after ${delay} ms`);
        } finally {
          await lab.dispose();
        }
      }
      expect(withDpkg, "no kill met a living dpkg").toBeGreaterThan(0);
    },
    ALL ? 3_600_000 : 300_000,
  );
});

/** Kills everything while a package's script runs: dpkg is left half done for certain. */
async function cutInsideDpkg(lab: OmgLab): Promise<void> {
  const marker = join(lab.apt.root, "var/log/omg-slow");
  const run = lab.omg(["apply", "--yes"], {
    onStart: (child) => {
      const timer = setInterval(() => {
        if (!isThere(marker)) return;
        clearInterval(timer);
        child.kill("SIGKILL");
        killTree(lab.apt.folder);
      }, 5);
      child.once("close", () => clearInterval(timer));
    },
  });
  expect((await run).signal).toBe("SIGKILL");
  killTree(lab.apt.folder);
}

async function killAfter(lab: OmgLab, delay: number): Promise<boolean> {
  let alive = false;
  await lab.omg(["apply", "--yes"], {
    onStart: (child) => {
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        alive = killTree(lab.apt.folder).some((command) => command.includes("dpkg"));
      }, delay);
      child.once("close", () => clearTimeout(timer));
    },
  });
  killTree(lab.apt.folder);
  return alive;
}

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
