import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { readRegular } from "../../../host/files.ts";
import { unpacked } from "./archive.ts";
import { MAX_COPYRIGHT } from "./copyright.ts";
import { type Documented, documentedBy } from "./documents.ts";

const DOCUMENTS = "/usr/share/doc";

/** Looks up what each installed package has as its copyright file, below the root that dpkg installs into. */
export function documentsOnDisk(root: string): (name: string) => Documented {
  const base = root.replace(/\/+$/, "");
  // All links between folders in one reading: there is one folder for each package.
  const links = linksIn(base + DOCUMENTS);
  return (name) => {
    const folder = `${DOCUMENTS}/${name}`;
    if (links === undefined ? statusOf(base + folder)?.isSymbolicLink() : links.has(name)) return linked(base, folder);
    for (const place of [`${folder}/copyright`, `${folder}/copyright.gz`]) {
      const found = statusOf(base + place);
      if (found?.isSymbolicLink() === true) return linked(base, place);
      if (found === undefined) continue;
      const stamp = `${base}${place} ${found.size} ${found.mtimeMs} ${found.ctimeMs} ${found.ino}`;
      return { type: "text", stamp, read: () => contentOf(base + place) };
    }
    return { type: "missing" };
  };
}

/** Undefined where the folder cannot be read: then each name is looked at. */
function linksIn(folder: string): ReadonlySet<string> | undefined {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return new Set(entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name));
  } catch {
    return undefined;
  }
}

function contentOf(path: string): Buffer {
  const bytes = readRegular(path, MAX_COPYRIGHT);
  return path.endsWith(".gz") ? unpacked(bytes) : bytes;
}

function linked(base: string, place: string): Documented {
  return documentedBy(place, readlinkSync(base + place));
}

function statusOf(path: string) {
  return lstatSync(path, { throwIfNoEntry: false });
}
