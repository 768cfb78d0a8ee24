import { linkSync, lstatSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { errnoOf } from "../../../host/disk.ts";
import { listFolder } from "../../../host/folder.ts";

const RELEASE = /(?:In)?Release$/;
const WANTED = /(?:^|_)(?:InRelease|Release|Release\.gpg|Packages(?:\.[a-z0-9]+)?)$/;

/**
 * Makes the machine's lists available in a private folder, so that only what changed since has to be fetched: a source's
 * files together, and only where the machine's are newer. They are links, so that nothing of these 50 MB is copied; apt
 * replaces lists by renaming, and so never writes into what is linked. Both folders end in a slash. System errors pass.
 */
export function seedLists(from: string, to: string): void {
  const names = listFolder(from).filter((name) => WANTED.test(name));
  for (const release of names.filter((name) => RELEASE.test(name))) {
    if (!isNewer(from + release, to + release)) continue;
    const prefix = release.replace(RELEASE, "");
    for (const old of listFolder(to).filter((name) => name.startsWith(prefix))) rmSync(to + old, { force: true });
    for (const name of names.filter((each) => each.startsWith(prefix))) borrow(from + name, to + name);
  }
}

function isNewer(theirs: string, ours: string): boolean {
  const [there, here] = [theirs, ours].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  if (there === undefined) return false;
  if (here === undefined || there.mtimeNs > here.mtimeNs) return true;
  // These are the server's times, which count whole seconds: two states of one second look the same.
  return there.mtimeNs === here.mtimeNs && there.ino !== here.ino;
}

/** For local sources apt's lists are symbolic links themselves. Who may not make a hard link to root's file makes another. */
function borrow(file: string, path: string): void {
  rmSync(path, { force: true });
  try {
    if (lstatSync(file).isSymbolicLink()) symlinkSync(readlinkSync(file), path);
    else linkSync(file, path);
  } catch (error) {
    if (!["EPERM", "EACCES", "EXDEV", "EMLINK"].includes(errnoOf(error) ?? "")) throw error;
    symlinkSync(file, path);
  }
}
