import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copyWithLibraries } from "./pacman-in-root.ts";
import { busyboxLinks, type PacmanLab } from "./pacman-lab.ts";
import type { PacmanSpec } from "./pacman-package.ts";
import { SIGNED_AT } from "./pacman-repo.ts";

/** What the real pacman-key runs, and busybox has not. */
const PROGRAMS = [
  "/bin/bash",
  ...["gpg", "gpg-agent", "pacman-key", "pacman-conf", "vercmp"].map((name) => `/usr/bin/${name}`),
];
const APPLETS = ["awk", "basename", "cat", "chmod", "grep", "id", "mkdir", "sed", "touch", "wc"];
const LIBRARY = ["message", "parseopts"];
const KEYS = "/etc/pacman.d/gnupg";

/**
 * Lets the scripts of packages run the real pacman-key on the lab's own keyring, inside of its root, as archlinux-keyring's do. To be
 * undone before the lab goes: `undo`.
 */
export function addPacmanKey({ root, keyring }: PacmanLab): { undo(): void } {
  copyWithLibraries(root, [...PROGRAMS, ...LIBRARY.map((name) => `/usr/share/makepkg/util/${name}.sh`)]);
  busyboxLinks(root, APPLETS);
  // Only for the words of what pacman-key prints.
  writeFileSync(join(root, "usr/bin/gettext"), '#!/bin/sh\nprintf %s "$1"\n', { mode: 0o755 });
  writeFileSync(join(root, "etc/pacman.conf"), "[options]\n");
  for (const name of ["dev", `${KEYS.slice(1)}`]) mkdirSync(join(root, name), { recursive: true });
  execFileSync("mknod", ["-m", "666", join(root, "dev/null"), "c", "1", "3"]);
  execFileSync("mount", ["--bind", keyring, join(root, KEYS)]);
  // As pacman-key --init does, with a kind of key that takes no seconds to make: it refuses to work in a keyring without one.
  const master = ["--quick-gen-key", "Pacman Keyring Master Key <pacman@localhost>", "ed25519", "sign", "0"];
  execFileSync("gpg", ["--homedir", keyring, "--batch", "--quiet", "--passphrase", "", ...master], { stdio: "ignore" });
  return { undo: () => void execFileSync("umount", ["--lazy", join(root, KEYS)]) };
}

/** A key that the lab's own, which its pacman trusts, vouches for; in nobody's keyring yet. */
export function vouchedKey({ repos: { gpg, key } }: PacmanLab, name: string): string {
  const made = gpg.makeKey(name, { at: SIGNED_AT });
  gpg.gpg(SIGNED_AT, ["--yes", "--default-key", key, "--quick-sign-key", made]);
  return made;
}

/** archlinux-keyring with these keys, in the files and with the script that Arch's has. `before`: what the script does first. */
export function keyringPackage(lab: PacmanLab, version: string, keys: readonly string[], before = ":"): PacmanSpec {
  const { gpg } = lab.repos;
  const file = gpg.exportTo(join(gpg.folder, "keyring.asc"), keys, "armour");
  return {
    name: "archlinux-keyring",
    version,
    repo: "core",
    files: { "usr/share/keyrings/archlinux.gpg": readFileSync(file, "utf8") },
    install: `post_upgrade() {\n  ${before}\n  usr/bin/pacman-key --populate archlinux\n}\npost_install() {\n  post_upgrade\n}`,
  };
}
