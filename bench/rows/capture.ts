import { captured, FLOOR, lines, omg, type Table, type World } from "../world.ts";

/** A machine of 1,500 packages written down as a lock, with versions, hashes, origins and marks. */
export async function capture(world: World): Promise<Table> {
  const { root } = captured(world, "capture", 1500);
  const against = "omg env capture";
  const timings = await lines(world, root, [
    FLOOR,
    omg(world, against, ["env", "capture", "--force"], { says: /1500 pins/ }),
    { name: "dpkg-query -W", command: ["dpkg-query", "-W"], says: /^bash\t/m },
    { name: "apt-mark showmanual", command: ["apt-mark", "showmanual"], says: /^bash$/m },
  ]);
  return { title: "Capture of 1500 packages", unit: "ms", timings, against };
}
