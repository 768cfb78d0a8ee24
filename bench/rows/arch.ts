import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { archRoot, knownWith } from "../arch-root.ts";
import type { Contender } from "../measure.ts";
import { type Root, run } from "../root.ts";
import { FLOOR, forgetAnswers, lines, machinePackages, omg, type Table, type World } from "../world.ts";

const PACMAN = "/usr/bin/pacman";

/** An Arch machine of 1,500 packages, with 15,000 in its repositories, beside what pacman itself answers. */
export async function arch(world: World): Promise<Table> {
  const installed = machinePackages(world, 1500);
  const root = archRoot({ folder: join(world.folder, "arch"), known: knownWith(installed, world.all), installed });
  const against = "omg plan, nothing changed since";
  const title = "pacman: 1500 packages installed and pinned, 15000 known";
  if (!existsSync(PACMAN)) return { title, unit: "ms", timings: [{ name: against, note: "not here" }], against };
  run(root, process.execPath, [world.omg, "env", "capture"]);
  const anew = { ...root, env: { ...root.env, OMG_CACHE_DIR: join(root.folder, "omg/other-cache") } };
  const nothing = { says: /Nothing to do: \d+ entries/ };
  const timings = await lines(world, root, [
    FLOOR,
    ...bothWays(world, root, "plan", nothing),
    omg(world, "omg check, the machine read anew", ["check"], { root: anew, before: () => forget(anew) }),
    pacman(root, "-Q"),
    ...bothWays(world, root, "outdated"),
    pacman(root, "-Qu"),
    ...bothWays(world, root, "orphans"),
    pacman(root, "-Qdt"),
    omg(world, "omg search parser", ["search", "parser"]),
    pacman(root, "-Ss", "parser"),
  ]);
  return { title, unit: "ms", timings, against };
}

/** From what earlier runs read, and then once more. */
function bothWays(world: World, root: Root, command: string, more: Partial<Contender> = {}): readonly Contender[] {
  return [
    omg(world, `omg ${command}, worked out again`, [command], { ...more, before: () => forgetAnswers(root) }),
    omg(world, `omg ${command}, nothing changed since`, [command], more),
  ];
}

function pacman(root: Root, ...args: readonly string[]): Contender {
  const config = root.env.OMG_PACMAN_CONFIG ?? "";
  return { name: `pacman ${args.join(" ")}`, command: [PACMAN, "--config", config, "--color", "never", ...args] };
}

/** What earlier runs read of the machine; what they made of the lock stays. */
function forget({ env: { OMG_CACHE_DIR = "" } }: Root): void {
  const kept = existsSync(OMG_CACHE_DIR) ? readdirSync(OMG_CACHE_DIR) : [];
  for (const name of kept.filter((each) => each.startsWith("pacman-"))) rmSync(join(OMG_CACHE_DIR, name));
}
