import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DebSpec } from "../../test/support/deb.ts";
import { createOmgLab, lockOf } from "../../test/support/omg-lab.ts";
import { FLOOR, lines, rootOfLab, type Table, type World } from "../world.ts";

const COUNT = 50;
const TEN_MEGABYTES = 10_000_000;

/** 50 packages of 500 MB together that are in the store: every check of the gate, beside hashing the same files and no more. */
export async function gate(world: World): Promise<Table> {
  const packages = Array.from(
    { length: COUNT },
    (_, index): DebSpec => ({ name: `large-${index}`, version: "1.0", filler: TEN_MEGABYTES }),
  );
  const lab = await createOmgLab({ packages });
  try {
    const built = packages.map(({ name, version }) => lab.apt.repo.deb(name, version));
    for (const { path } of built) rmSync(path, { force: true });
    lab.writeLock(lockOf(Object.fromEntries(packages.map(({ name }) => [name, "*"]))));
    await lab.expect(0, "lock");
    const files = packages.map(({ name, version }) => lab.apt.repo.file(name, version));
    const sums = join(lab.apt.folder, "sums");
    writeFileSync(sums, built.map(({ sha256 }, index) => `${sha256}  ${files[index]}\n`).join(""));
    const against = "omg, the gate";
    const timings = await lines(world, rootOfLab(lab), [
      FLOOR,
      {
        name: against,
        command: [process.execPath, join(import.meta.dirname, "fetch-only.mjs")],
        says: new RegExp(`judged ${COUNT} in`),
        reads: /judged \d+ in (\d+(?:\.\d+)?) ms/,
      },
      { name: "sha256sum", command: ["sha256sum", ...files], says: /large-49/ },
      { name: "sha256sum --check", command: ["sha256sum", "--check", sums], says: /large-49.*: OK/ },
    ]);
    return { title: `The gate over ${COUNT} packages of 500 MB together`, unit: "ms", timings, against };
  } finally {
    await lab.dispose();
  }
}
