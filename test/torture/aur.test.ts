import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AUR_NEEDS, pkgbuild } from "../support/aur-lab.ts";
import { type AurOmgLab, createAurOmgLab } from "../support/aur-omg-lab.ts";
import { needs } from "../support/needs.ts";
import { PACMAN_NEEDS } from "../support/pacman-lab.ts";
import { killTree, waitForEnd } from "../support/processes.ts";
import { generator, SEED } from "../support/random.ts";

// SIGTERM and SIGKILL at random instants of an apply that builds, installs what came out, and builds with that. `npm run torture -- aur`
// does 30.
const ROUNDS = process.env.OMG_TORTURE === "all" ? 30 : 2;
/** Who dies: omg alone, whose build must not outlive it; or all that works on the root, as in a power cut. */
const VICTIMS = ["omg", "all"] as const;
const APPLY = ["apply", "--yes"];
/** Stands in the command line of what a build runs, where nothing else names the lab. */
const MARK = `omg-torture-${process.pid}`;

describe.runIf(needs(...PACMAN_NEEDS, ...AUR_NEEDS))("a build, cut off in the middle, or between two of them", () => {
  let lab: AurOmgLab;
  beforeAll(async () => {
    lab = await createAurOmgLab();
  });
  afterAll(() => lab.dispose());

  /** A library, and a program that needs it to be built; and a lock that pins both. */
  async function offered(version: string): Promise<void> {
    const recipe = (name: string, fields: Readonly<Record<string, string>>) => {
      const body = `build() { bash -c ': ${MARK}; sleep 0.4'; }
package() { for half in one two; do install -Dm644 /dev/stdin "$pkgdir/usr/share/${name}/$half" <<< "$pkgver"; sleep 0.2; done; }`;
      return { commit: lab.aur.publish(name, { PKGBUILD: pkgbuild(name, { pkgver: version, ...fields }, body) }) };
    };
    lab.build({
      "aur-lib": recipe("aur-lib", {}),
      "aur-app": recipe("aur-app", { depends: `('aur-lib>=${version}')` }),
    });
    await lab.expect(0, "lock");
  }

  /** How long it takes where nobody is in its way. Milliseconds. */
  async function undisturbed(): Promise<number> {
    const started = performance.now();
    await lab.expect(0, ...APPLY);
    return performance.now() - started;
  }

  async function cutOff(delay: number, signal: NodeJS.Signals, who: (typeof VICTIMS)[number]): Promise<void> {
    let omg: { kill(signal: NodeJS.Signals): boolean } | undefined;
    const running = lab.omg(APPLY, { onStart: (child) => (omg = child) });
    await sleep(delay);
    omg?.kill(signal);
    if (who === "all") killTree(lab.pacman.root, signal);
    await running;
    // pacman may go on to its end; a build may not outlive omg.
    await waitForEnd(MARK, 5000);
    await waitForEnd(lab.pacman.root);
  }

  async function expectWhole(version: string, what: string): Promise<void> {
    const both = { "aur-app": `${version}-1`, "aur-lib": `${version}-1` };
    expect(await lab.pacman.installed(), what).toEqual(both);
    for (const name of Object.keys(both))
      for (const half of ["one", "two"])
        expect(readFileSync(join(lab.pacman.root, "usr/share", name, half), "utf8"), what).toBe(`${version}\n`);
    expect(await lab.pacman.pacman("-Qk"), what).toMatchObject({ code: 0 });
    expect(await lab.plan(), what).toEqual([]);
    await lab.expect(0, "audit", "verify");
    expect(readdirSync(join(lab.env.OMG_CACHE_DIR ?? "", "aur/build")), what).toEqual([]);
  }

  it(
    `${ROUNDS} times, the next run finishes (seed ${SEED})`,
    async () => {
      const random = generator(SEED);
      await offered("1.0");
      const usual = await undisturbed();
      for (let round = 0; round < ROUNDS; round += 1) {
        const version = `1.${round + 1}`;
        await offered(version);
        const delay = Math.floor(random() * usual);
        const who = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? "all";
        const signal = round % 2 === 0 ? "SIGKILL" : "SIGTERM";
        const what = `seed ${SEED}, round ${round}: ${signal} for ${who} after ${delay} of ${Math.floor(usual)} ms`;
        await cutOff(delay, signal, who);
        const next = await lab.omg(APPLY);
        expect(next.code, `${what}: ${next.stdout}${next.stderr}`).toBe(0);
        await expectWhole(version, what);
      }
    },
    120_000 + ROUNDS * 120_000,
  );
});
