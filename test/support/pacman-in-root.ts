import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Debian packages of which a pacman consists that people who are not root can have plan, too. */
const PACKAGES = ["pacman-package-manager", "fakeroot", "libfakeroot", "gpg", "libarchive-tools"];

/**
 * Puts this machine's own pacman into a Debian root, which is of the same release, with the libraries that it needs and the root has
 * not: installing it there would bring packages that other tests want to see arrive. `files`: the root's folder.
 */
export function addPacman(files: string): void {
  const listed = execFileSync("dpkg", ["-L", ...PACKAGES], { encoding: "utf8" }).split("\n");
  const own = listed.filter((path) => /^\/usr\/(?:s?bin|lib)\/./.test(path));
  const programs = own.filter((path) => path.includes("bin/"));
  const linked = execFileSync("sh", ["-c", 'ldd "$@" 2>/dev/null || true', "sh", ...programs], { encoding: "utf8" });
  const libraries = [...linked.matchAll(/=> (\/\S+)/g)].map(([, path = ""]) => path);
  const paths = [...new Set([...own, ...libraries])].map((path) => path.slice(1));
  const script =
    'for path; do [ -d "$path" ] || cp --dereference --preserve=mode --no-clobber --parents "$path" "$0"; done';
  execFileSync("sh", ["-ec", script, files, ...paths], { cwd: "/", stdio: ["ignore", "ignore", "inherit"] });
  for (const folder of ["lib/pacman", "cache/pacman/pkg"])
    mkdirSync(join(files, "var", folder), { recursive: true, mode: 0o755 });
}
