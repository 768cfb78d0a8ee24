import { type Contender, peakOf, type Timing } from "../measure.ts";
import { edit, FLOOR, omg, type Table, type World } from "../world.ts";
import { withFive } from "./changes.ts";

/** The most memory that a command held at any time (VmHWM, by GNU time), with all of Debian listed. */
export async function memory(world: World): Promise<Table> {
  const { root, asked } = withFive(world, "memory");
  const contenders: readonly Contender[] = [
    FLOOR,
    omg(world, "omg plan, 5 changes", ["plan"]),
    omg(world, "omg plan, 5 changes, first after an edit", ["plan"], { before: () => edit(root) }),
    omg(world, "omg check", ["check"], { exit: 2 }),
    omg(world, "omg lock", ["lock"]),
    omg(world, "omg env capture", ["env", "capture", "--force"]),
    { name: "apt-get -s install", command: ["apt-get", "-s", "install", ...asked] },
  ];
  const timings: Timing[] = [];
  for (const contender of contenders)
    timings.push(world.tools.time ? await peakOf(root, contender) : { name: contender.name, note: "not here" });
  return {
    title: `Peak memory, ${world.all.length} packages listed`,
    unit: "MB",
    timings,
    against: "omg plan, 5 changes",
  };
}
