import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { readRegular } from "../../../host/files.ts";
import { unpacked } from "./archive.ts";
import { MAX_COPYRIGHT } from "./copyright.ts";
import { type Documented, documentedBy } from "./documents.ts";

/** What an installed package has as its copyright file, below the root that dpkg installs into. Errors: system errors, those of `readRegular`. */
export function documentedOnDisk(root: string, name: string): Documented {
  const folder = `/usr/share/doc/${name}`;
  if (linkAt(root, folder)) return documentedBy(folder, readlinkSync(join(root, folder)));
  for (const place of [`${folder}/copyright`, `${folder}/copyright.gz`]) {
    if (linkAt(root, place)) return documentedBy(place, readlinkSync(join(root, place)));
    const found = lstatSync(join(root, place), { throwIfNoEntry: false });
    if (found === undefined) continue;
    const bytes = readRegular(join(root, place), MAX_COPYRIGHT);
    return { type: "text", bytes: place.endsWith(".gz") ? unpacked(bytes) : bytes };
  }
  return { type: "missing" };
}

function linkAt(root: string, place: string): boolean {
  return lstatSync(join(root, place), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
