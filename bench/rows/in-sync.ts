import { neighbours } from "../neighbours.ts";
import { captured, edit, FLOOR, forgetAnswers, lines, native, omg, type Table, type World } from "../world.ts";

/** A plan where nothing is to be done: what a prompt, a timer or a pipeline asks all day. */
export async function inSync(world: World, count: number): Promise<Table> {
  const { root, pins } = captured(world, `in-sync-${count}`, count);
  const nothing = { says: /Nothing to do: \d+ entries/ };
  const against = "omg plan, nothing changed since";
  const timings = await lines(world, root, [
    FLOOR,
    omg(world, "omg plan, first after an edit", ["plan"], { ...nothing, before: () => edit(root) }),
    omg(world, against, ["plan"], nothing),
    native(world, `${against}, native`, ["plan"], nothing.says),
    omg(world, "omg plan, worked out again", ["plan"], { ...nothing, before: () => forgetAnswers(root) }),
    ...neighbours(root, pins, world.tools),
  ]);
  return { title: `In-sync plan, ${count} pins`, unit: "ms", timings, against };
}
