import { type Contender, execute, summary, type Timing } from "../measure.ts";
import type { Root } from "../root.ts";
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
    timings.push(world.tools.time ? await peak(root, contender) : { name: contender.name, note: "not here" });
  return {
    title: `Peak memory, ${world.all.length} packages listed`,
    unit: "MB",
    timings,
    against: "omg plan, 5 changes",
  };
}

async function peak(root: Root, { name, command, before, exit = 0 }: Contender): Promise<Timing> {
  const peaks: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    before?.();
    const { code, output } = await execute(root, ["time", "-q", "-f", "peak %M", ...command], true);
    const kilobytes = Number(/^peak (\d+)$/m.exec(output)?.[1]);
    if (code !== exit || Number.isNaN(kilobytes)) throw new Error(`${name} ended with ${code}\n${output.slice(-2000)}`);
    peaks.push(kilobytes / 1024);
  }
  return { name, ...summary(peaks) };
}
