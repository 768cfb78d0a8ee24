import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { GpgHome } from "../../test/support/gpg-home.ts";
import { type Contender, peakOf } from "../measure.ts";
import { FLOOR, lines, omg, type Table, type World } from "../world.ts";

const MEGABYTE = 1_000_000;

/** A detached signature of an RSA key of 4096 bits with SHA-512 over a large file, as archives sign. */
export async function signature(world: World, megabytes: number): Promise<Table> {
  return overFile(world, megabytes, async (contenders, against) => ({
    title: `OpenPGP signature over ${megabytes} MB`,
    unit: "ms",
    timings: await lines(world, world.base, [FLOOR, ...contenders]),
    against,
  }));
}

export async function signatureMemory(world: World, megabytes: number): Promise<Table> {
  return overFile(world, megabytes, async (contenders, against) => {
    const timings = [];
    for (const contender of [FLOOR, ...contenders]) {
      if (typeof contender === "string") timings.push({ name: contender, note: "not here" });
      else
        timings.push(
          world.tools.time ? await peakOf(world.base, contender) : { name: contender.name, note: "not here" },
        );
    }
    return { title: `Peak memory, OpenPGP signature over ${megabytes} MB`, unit: "MB", timings, against };
  });
}

async function overFile(
  world: World,
  megabytes: number,
  measure: (contenders: readonly (Contender | string)[], against: string) => Promise<Table>,
): Promise<Table> {
  const gpg = new GpgHome();
  try {
    const folder = join(gpg.folder, "signed");
    mkdirSync(folder);
    const file = join(folder, "file");
    writeLarge(file, megabytes);
    const at = new Date(Date.now() - 86_400_000);
    const key = gpg.makeKey("bench", { at, type: "rsa4096" });
    const ring = gpg.exportTo(join(folder, "keys.gpg"), [key]);
    const made = gpg.detach(file, `${file}.sig`, { keys: [key], at, digest: "SHA512" }, "binary");
    const against = "omg audit signature";
    const args = ["audit", "signature", file, "--signature", made, "--keyring", ring];
    return await measure(
      [
        omg(world, against, args, { says: /Good: / }),
        { name: "gpgv", command: ["gpgv", "--keyring", ring, made, file], says: /Good signature/ },
        world.tools.sqv
          ? { name: "sqv", command: ["sqv", "--keyring", ring, made, file], says: new RegExp(key) }
          : "sqv",
        { name: "sha512sum, no signature", command: ["sha512sum", file] },
      ],
      against,
    );
  } finally {
    gpg.dispose();
  }
}

function writeLarge(file: string, megabytes: number): void {
  const piece = Buffer.alloc(MEGABYTE);
  const descriptor = openSync(file, "w");
  for (let index = 0; index < megabytes; index += 1) {
    piece.fill(index % 251);
    writeSync(descriptor, piece);
  }
  closeSync(descriptor);
}
