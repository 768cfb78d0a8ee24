import { statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * The first of these paths, and of the folders above them, that others than root could change; undefined when there is none.
 * In a folder with the sticky bit (inode(7)) nobody can replace what is root's, so it counts as root's own.
 * @param paths absolute, without symbolic links
 */
export function changeableByOthers(paths: Iterable<string>): string | undefined {
  const all = new Set([...paths].flatMap(withParents));
  return [...all].find((path) => {
    const found = statSync(path);
    const sticky = found.isDirectory() && (found.mode & 0o1000) !== 0;
    return found.uid !== 0 || ((found.mode & 0o022) !== 0 && !sticky);
  });
}

function withParents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}
