import { edit, FLOOR, forgetAnswers, lines, machineOf, omg, type Table, type World } from "../world.ts";

const SIZES = [100, 300, 1000, 3000, 10_000];

/** In-sync plans of more and more packages. They are the first of Debian's list: what they need does not matter here. */
export async function growth(world: World): Promise<Table> {
  const names = new Set<string>();
  const unique = world.all.filter(({ name }) => !names.has(name) && names.add(name));
  const contenders = SIZES.flatMap((size) => {
    const root = machineOf(world, `growth-${size}`, unique.slice(0, size));
    return [
      omg(world, `omg plan, first after an edit, ${size}`, ["plan"], { root, before: () => edit(root) }),
      omg(world, `omg plan, worked out again, ${size}`, ["plan"], { root, before: () => forgetAnswers(root) }),
      omg(world, `omg plan, nothing changed since, ${size}`, ["plan"], { root, says: /Nothing to do/ }),
    ];
  });
  const timings = await lines(world, world.base, [FLOOR, ...contenders]);
  const against = `omg plan, worked out again, ${SIZES[0]}`;
  return { title: "Growth with the packages installed and pinned", unit: "ms", timings, against };
}
