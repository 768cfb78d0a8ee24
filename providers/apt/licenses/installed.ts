import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { readRegular } from "../../../host/files.ts";
import { unpacked } from "./archive.ts";
import { MAX_COPYRIGHT } from "./copyright.ts";
import { type Documented, documentedBy } from "./documents.ts";

/** What an installed package has as its copyright file, below the root that dpkg installs into. System errors pass. */
export function documentedOnDisk(root: string, name: string): Documented {
  const folder = `/usr/share/doc/${name}`;
  if (statusOf(root, folder)?.isSymbolicLink() === true) return linked(root, folder);
  for (const place of [`${folder}/copyright`, `${folder}/copyright.gz`]) {
    const found = statusOf(root, place);
    if (found?.isSymbolicLink() === true) return linked(root, place);
    if (found === undefined) continue;
    const stamp = [found.size, found.mtimeNs, found.ctimeNs, found.ino].join(" ");
    return { type: "text", stamp: `${root}${place} ${stamp}`, read: () => contentOf(join(root, place)) };
  }
  return { type: "missing" };
}

function contentOf(path: string): Buffer {
  const bytes = readRegular(path, MAX_COPYRIGHT);
  return path.endsWith(".gz") ? unpacked(bytes) : bytes;
}

function linked(root: string, place: string): Documented {
  return documentedBy(place, readlinkSync(join(root, place)));
}

function statusOf(root: string, place: string) {
  return lstatSync(join(root, place), { throwIfNoEntry: false, bigint: true });
}
