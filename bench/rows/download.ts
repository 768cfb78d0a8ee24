import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DebSpec } from "../../test/support/deb.ts";
import { createOmgLab, lockOf, type OmgLab } from "../../test/support/omg-lab.ts";
import type { Contender } from "../measure.ts";
import { FLOOR, lines, rootOfLab, type Table, type World } from "../world.ts";

const COUNT = 50;
const HALF_A_MEGABYTE = 1 << 19;

/** 50 packages of half a megabyte from a server on the loopback, fetched and verified, and not installed. */
export async function download(world: World): Promise<Table> {
  const packages = Array.from({ length: COUNT }, (_, index) => packageOf(index));
  const lab = await createOmgLab({ packages });
  try {
    await lab.apt.serve();
    await lab.apt.aptOk("update");
    lab.writeLock(lockOf(Object.fromEntries(packages.map(({ name }) => [name, "*"]))));
    await lab.expect(0, "lock");
    const against = "omg, fetch and verify";
    const timings = await lines(world, rootOfLab(lab), [FLOOR, ...ours(lab, against), theirs(lab, packages)]);
    return { title: `Download and verification of ${COUNT} packages`, unit: "ms", timings, against };
  } finally {
    await lab.dispose();
  }
}

function packageOf(index: number): DebSpec {
  return { name: `bench-${index}`, version: "1.0", files: { [`usr/share/bench-${index}/data`]: noise(`${index}`) } };
}

/** Hex digits that no compressor makes much smaller than half, the same in every run. */
function noise(seed: string): string {
  let digest = seed;
  let text = "";
  while (text.length < 2 * HALF_A_MEGABYTE) {
    digest = createHash("sha512").update(digest).digest("hex");
    text += digest;
  }
  return text;
}

/** The same run twice: its two stages alone, and with Node's start and the plan before them. */
function ours(lab: OmgLab, name: string): readonly Contender[] {
  const program = join(import.meta.dirname, "fetch-only.mjs");
  const before = () => rmSync(join(lab.env.OMG_DATA_DIR ?? "", "store"), { recursive: true, force: true });
  const command: Contender["command"] = [process.execPath, program];
  const says = new RegExp(`verified ${COUNT} in`);
  return [
    { name, command, before, says, reads: /verified \d+ in (\d+(?:\.\d+)?) ms/ },
    { name: `${name}, with start and plan`, command, before, says },
  ];
}

function theirs(lab: OmgLab, packages: readonly DebSpec[]): Contender {
  const folder = join(lab.apt.folder, "downloaded");
  const before = () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  };
  const sums = join(lab.apt.folder, "sums");
  const built = packages.map(({ name, version }) => lab.apt.repo.deb(name, version));
  writeFileSync(sums, built.map(({ sha256, filename }) => `${sha256}  ${filename}\n`).join(""));
  const wanted = packages.map(({ name, version }) => `${name}=${version}`).join(" ");
  const script = `cd '${folder}' && apt-get -qq download ${wanted} && sha256sum --check '${sums}'`;
  return {
    name: "apt-get download, sha256sum",
    command: ["sh", "-c", script],
    before,
    says: /bench-49_1\.0_all\.deb: OK/,
  };
}
