import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Contender } from "../measure.ts";
import { publishStatus } from "../omgd.ts";
import type { Root } from "../root.ts";
import { lines, type Table, type World } from "../world.ts";

const STARTS = 200;
const FORMAT = "{drift?{yellow}drift {drift}{reset} }";

/** What a prompt waits for: a program that a shell starts, as often as makes a start of half a millisecond measurable. */
export async function prompt(world: World): Promise<Table> {
  const root = world.base;
  publishStatus(root, 7);
  const bin = dirname(world.omg);
  const fast = `${join(bin, "omg-fast")} status --shell bash --format '${FORMAT}'`;
  const against = "/bin/true";
  const timings = await lines(world, root, [
    started(root, against, "/bin/true", /^$/),
    started(root, "omg-fast drift", `${join(bin, "omg-fast")} drift`, /^7$/m),
    started(root, "omg-fast status --format", fast, /drift 7/),
    started(root, "git rev-parse HEAD, in no repository", "git rev-parse HEAD || :", /not a git repository/),
    world.tools.mise === undefined ? "mise hook-env" : mise(root, world.tools.mise),
  ]);
  return { title: `Prompt: ${STARTS} starts from a shell`, unit: "ms", timings, against };
}

/** A script for sh(1) that starts a command many times, one after the other. */
function started(root: Root, name: string, command: string, says: RegExp): Contender {
  const path = join(root.folder, `${name.replaceAll(/\W+/g, "-")}.sh`);
  writeFileSync(path, `i=0; while [ $i -lt ${STARTS} ]; do ${command}; i=$((i + 1)); done\n`);
  chmodSync(path, 0o755);
  return { name, command: ["sh", path], says };
}

/** What mise does at each prompt of bash, in a folder without any tool. */
function mise(root: Root, program: string): Contender {
  const folder = join(root.folder, "mise-prompt");
  mkdirSync(folder, { recursive: true });
  const own = ["DATA", "CACHE", "STATE", "CONFIG"].map((name) => `MISE_${name}_DIR=${join(folder, name)}`);
  return started(root, "mise hook-env", `${own.join(" ")} MISE_OFFLINE=1 ${program} hook-env -s bash`, /^/);
}
