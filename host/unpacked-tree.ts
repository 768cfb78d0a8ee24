import {
  chmodSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { refused, type TreeLimits } from "./extracted-tree.ts";

/** What of a mode counts for files: whether they may be executed. */
const EXECUTABLE = 0o111;

/**
 * A folder that another program unpacked, made to what omg itself unpacks: files, folders and links that stay inside, with every bit
 * of a mode but "may be executed" left out. Links to its own absolute path become relative.
 * @returns paths of everything in it, folders last and from the bottom up
 * @throws OmgError `archive-refused`
 */
export function tidyTree(root: string, limits: TreeLimits): readonly string[] {
  const files: string[] = [];
  const folders: string[] = [];
  const links: string[] = [];
  /** How many names of a file with several are in here. */
  const names = new Map<string, number>();
  let bytes = 0;
  for (const open = [root]; open.length > 0; ) {
    const folder = open.pop() ?? root;
    folders.push(folder);
    chmodSync(folder, 0o755);
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const found = lstatSync(path);
      if (found.isDirectory()) open.push(path);
      else if (found.isSymbolicLink()) links.push(path);
      else if (found.isFile()) {
        bytes += found.size;
        files.push(path);
        if (found.nlink > 1) names.set(identity(found), (names.get(identity(found)) ?? 0) + 1);
      } else throw refused(`${shown(root, path)} is neither a file, a folder nor a link`);
      if (files.length + folders.length + links.length > limits.entries)
        throw refused(`it holds more than ${limits.entries} files`);
      if (bytes > limits.bytes) throw refused(`it unpacks to more than ${limits.bytes} bytes`);
    }
  }
  for (const path of files) {
    const found = lstatSync(path);
    // A name that another program gave to a file of somebody's: what is done to it here would be done there.
    if (found.nlink > 1 && names.get(identity(found)) !== found.nlink)
      throw refused(`${shown(root, path)} is also a file outside of it`);
    chmodSync(path, (found.mode & EXECUTABLE) === 0 ? 0o644 : 0o755);
  }
  for (const link of links) keepInside(root, link);
  return [...files, ...folders.reverse()];
}

function identity({ dev, ino }: Stats): string {
  return `${dev} ${ino}`;
}

/** Whether it is, behind links, a file that may be executed. */
export function isExecutable(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & EXECUTABLE) !== 0;
}

/** A link that leads to nothing leads nowhere else either, whatever comes to be there later: it is taken away. */
function keepInside(root: string, link: string): void {
  const target = realTarget(link);
  if (target === undefined) rmSync(link);
  else if (target !== root && !target.startsWith(`${root}/`))
    throw refused(`the link ${shown(root, link)} leads out of it, to ${JSON.stringify(readlinkSync(link))}`);
  else if (readlinkSync(link).startsWith("/")) {
    rmSync(link);
    symlinkSync(relative(dirname(link), target), link);
  }
}

function realTarget(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch {
    return undefined;
  }
}

function shown(root: string, path: string): string {
  return JSON.stringify(relative(root, path));
}
