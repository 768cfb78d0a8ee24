import { join } from "node:path";
import { writeDebianDump } from "../advisory-world.ts";
import { run } from "../root.ts";
import { captured, FLOOR, lines, omg, type Table, type World } from "../world.ts";

/** Every known vulnerability of 1,500 packages, by a list of Debian's size; and what it takes to make the list ready. */
export async function vulnerabilities(world: World): Promise<Table> {
  const { root } = captured(world, "vulnerabilities", 1500);
  const dump = writeDebianDump(join(root.folder, "all.zip"), world.all);
  run(root, process.execPath, [world.omg, "audit", "update", "--from", dump]);
  const against = "omg audit scan";
  const timings = await lines(world, root, [
    FLOOR,
    omg(world, against, ["audit", "scan"], { says: /vulnerabilities known .* in \d{3,} source packages/ }),
    omg(world, "omg audit scan --json", ["audit", "scan", "--json"], { says: /"checked": \d{3,}/ }),
    omg(world, "omg audit update --from all.zip", ["audit", "update", "--from", dump, "--force"], {
      says: /45000 records/,
    }),
    {
      name: "unzip and jq: ids by name alone, no versions",
      command: [
        "sh",
        "-c",
        `unzip -p ${dump} | jq -r '.id + " " + (.affected[] | select(.package.ecosystem == "Debian:12") | .package.name)' | wc -l`,
      ],
      says: /^\d{5,}/m,
    },
  ]);
  return { title: "Known vulnerabilities of 1500 packages, 45,000 records", unit: "ms", timings, against };
}
