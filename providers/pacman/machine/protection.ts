import { realpathSync } from "node:fs";
import { release } from "node:os";
import { readIfPresent } from "../../../host/files.ts";
import type { PackageDesc } from "../desc.ts";
import { KEYRING } from "../keyring.ts";
import type { PacmanConfig } from "./config.ts";
import type { LocalPackage } from "./local.ts";
import { matchesAny } from "./patterns.ts";

/** What a machine cannot do without. */
export interface Protection {
  /** Patterns of pacman.conf's HoldPkg. */
  readonly held: readonly string[];
  /** Owner of the running kernel's modules, and of the Node that runs omg; absent in an isolated root, which runs neither. */
  readonly kernel?: string;
  readonly node?: string;
}

const BASE = new Set(["filesystem", "glibc", "bash", "coreutils", "systemd", "base"]);
const MANAGER = new Set(["pacman", KEYRING]);
const BOOT_LOADER = new Set(["grub", "limine", "refind", "syslinux", "shim", "shim-signed"]);

/** Why a package may never be removed, in words; undefined for one that may. Pure. */
export function protectedReason({ name }: Pick<PackageDesc, "name">, protection: Protection): string | undefined {
  if (matchesAny(protection.held, name)) return "HoldPkg of pacman.conf names it";
  if (MANAGER.has(name)) return "the package manager";
  if (BASE.has(name)) return "the base of the system";
  if (name === "omg") return "omg itself";
  if (name === protection.node) return "the Node that runs omg";
  if (name === protection.kernel) return "the running kernel";
  return BOOT_LOADER.has(name) ? "a boot loader" : undefined;
}

/** Looks the owners up in pacman's lists of files; some 20 ms, for what is removed. System errors pass. */
export function protectionOf(config: PacmanConfig, packages: ReadonlyMap<string, LocalPackage>): Protection {
  const held = config.holdPackages;
  if (config.root !== "/") return { held };
  const likely = (prefix: string) => [...packages.values()].filter(({ name }) => name.startsWith(prefix));
  const kernel = ownerOf(`usr/lib/modules/${release()}/`, likely("linux"), config);
  const node = ownerOf(realpathSync(process.execPath).slice(1), likely("nodejs"), config);
  return { held, ...(kernel === undefined ? {} : { kernel }), ...(node === undefined ? {} : { node }) };
}

function ownerOf(path: string, among: readonly LocalPackage[], { database }: PacmanConfig): string | undefined {
  return among.find(({ folder }) =>
    `\n${readIfPresent(`${database}local/${folder}/files`)?.toString("utf8") ?? ""}`.includes(`\n${path}\n`),
  )?.name;
}
