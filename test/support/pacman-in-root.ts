import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Debian packages of which a pacman consists that people who are not root can have plan, too. */
const PACMAN = ["pacman-package-manager", "fakeroot", "libfakeroot", "gpg", "libarchive-tools"];
/** With these, what builds packages for it. */
const BUILDERS = ["makepkg", "bubblewrap", "git", "zstd"];
/** No package lists it: update-alternatives(1) makes it. */
const FAKEROOT = "/usr/bin/fakeroot";
const NEEDED = /^\/(?:usr\/(?:s?bin|lib|share\/(?:makepkg|git-core))\/.|etc\/makepkg)/;

/**
 * Puts this machine's own pacman into a Debian root, which is of the same release, with the libraries that it needs and the root has
 * not: installing it there would bring packages that other tests want to see arrive. `files`: the root's folder.
 */
export function addPacman(files: string): void {
  addPrograms(files, PACMAN);
  for (const folder of ["lib/pacman", "cache/pacman/pkg"])
    mkdirSync(join(files, "var", folder), { recursive: true, mode: 0o755 });
}

/** As `addPacman`, and what packages are built with. */
export function addBuilders(files: string): void {
  addPacman(files);
  addPrograms(files, BUILDERS);
}

function addPrograms(files: string, packages: readonly string[]): void {
  const listed = execFileSync("dpkg", ["-L", ...packages], { encoding: "utf8" }).split("\n");
  copyWithLibraries(files, [...listed.filter((path) => NEEDED.test(path)), FAKEROOT]);
}

/** Copies files of this machine to the same place below a root's folder, and the libraries that programs among them need. */
export function copyWithLibraries(root: string, files: readonly string[]): void {
  const programs = files.filter((path) => path.includes("bin/") || path.endsWith("/git-remote-http"));
  const linked = execFileSync("sh", ["-c", 'ldd "$@" 2>/dev/null || true', "sh", ...programs], { encoding: "utf8" });
  const libraries = [...linked.matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(([, path = ""]) => path);
  const paths = [...new Set([...files, ...libraries])].map((path) => path.slice(1));
  const script =
    'for path; do [ -d "$path" ] || cp --dereference --preserve=mode --no-clobber --parents "$path" "$0"; done';
  execFileSync("sh", ["-ec", script, root, ...paths], { cwd: "/", stdio: ["ignore", "ignore", "inherit"] });
}
