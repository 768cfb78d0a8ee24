import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Root, run } from "../root.ts";
import { captured, FLOOR, lines, native, omg, type Table, type World } from "../world.ts";

/** Small packages that need nothing a workstation has not got. */
const CANDIDATES = ["hello", "sl", "figlet", "ncdu", "pv", "tree", "cowsay", "toilet", "moreutils", "rename"];

/** The same workstation, and a lock that asks for five more packages and pins them. */
export function withFive(world: World, name: string): { readonly root: Root; readonly asked: readonly string[] } {
  const { root } = captured(world, name, 1500);
  const five = CANDIDATES.filter((each) => installs(root, each) === 1).slice(0, 5);
  const requests = five.map((each) => `    ${each}: "*"\n`).join("");
  writeFileSync(root.lock, readFileSync(root.lock, "utf8").replace(/^ {2}packages:\n/m, `  packages:\n${requests}`));
  run(root, process.execPath, [world.omg, "lock"]);
  const pinned = readFileSync(root.lock, "utf8");
  const version = (each: string) => new RegExp(`^  ${each}: .*version: "([^"]+)"`, "m").exec(pinned)?.[1];
  return { root, asked: five.map((each) => `${each}=${version(each)}`) };
}

function installs(root: Root, name: string): number {
  return run(root, "apt-get", ["-s", "install", name]).match(/^Inst /gm)?.length ?? 0;
}

const APART = join(import.meta.dirname, "../../bench/apart.cjs");

/**
 * A plan with five packages to install, whole and without the time that the solver runs; beside the same call of apt-get, with its planner's
 * log and as omg makes it.
 */
export async function fiveChanges(world: World): Promise<Table> {
  const { root, asked } = withFive(world, "changes");
  const against = "omg plan";
  const isPlan = /5 changes: 5 to install/;
  const says = /^0 upgraded, 5 newly installed, 0 to remove/m;
  const timings = await lines(world, root, [
    FLOOR,
    omg(world, against, ["plan"], { says: isPlan }),
    native(world, "omg plan, native", ["plan"], isPlan),
    {
      name: "omg plan, all but its solver",
      command: [process.execPath, "--require", APART, world.omg, "plan"],
      says: isPlan,
      less: /^started processes: 1, which ran ([\d.]+) ms$/m,
    },
    { name: "apt-get -s install, the same five", command: ["apt-get", "-s", "install", ...asked], says },
    {
      name: "apt-get -s install, without its log",
      command: ["apt-get", "-s", "-oDir::Log::Planner=", "install", ...asked],
      says,
    },
  ]);
  return { title: "Plan with 5 changes, 1500 pins", unit: "ms", timings, against };
}
