import { readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import type { AptConfig } from "./config.ts";
import type { InstalledPackage } from "./status.ts";

/** What a machine cannot do without, besides what packages say of themselves. */
export interface Protection {
  /** `uname -r` of the running kernel, where the packages are those of the running system. */
  readonly kernel?: string;
  /** Key of the package that owns the Node that runs omg. */
  readonly node?: string;
}

const PACKAGE_MANAGERS = new Set(["apt", "dpkg"]);
const BOOT_LOADER =
  /^(?:grub-(?:pc|efi|ieee1275|xen|coreboot|uboot|cloud|common|firmware)|grub2-common|shim-|systemd-boot|lilo$)/;
const KERNEL = /^linux-(?:image|image-unsigned|modules|modules-extra)-(?<release>.+?)(?:-unsigned)?$/;

/** Why a package may never be removed, in words; undefined for one that may. Pure. */
export function protectedReason(found: InstalledPackage, protection: Protection): string | undefined {
  if (found.essential) return "Essential";
  if (found.protected) return "Protected";
  if (PACKAGE_MANAGERS.has(found.name)) return "the package manager";
  if (found.name === "omg") return "omg itself";
  if (found.key === protection.node) return "the Node that runs omg";
  const kernel = KERNEL.exec(found.name)?.groups?.release;
  if (kernel !== undefined && kernel === protection.kernel) return "the running kernel";
  return BOOT_LOADER.test(found.name) ? "a boot loader" : undefined;
}

/** What can be known without searching. An isolated root has no running kernel. */
export function protectionOf({ dpkgRoot }: AptConfig): Protection {
  return dpkgRoot === "/" ? { kernel: release() } : {};
}

/**
 * Adds the package that owns the running Node, which takes a search through dpkg's lists of files (some 30 ms): worth it
 * when something is to be removed. System errors pass.
 */
export function withNodeOwner(protection: Protection, config: AptConfig): Protection {
  if (config.dpkgRoot !== "/") return protection;
  const node = ownerOf(process.execPath, config);
  return node === undefined ? protection : { ...protection, node };
}

/** Key of the installed package whose list of files has this path; undefined when none has. */
export function ownerOf(path: string, { paths, architecture }: AptConfig): string | undefined {
  const names = readdirSync(paths.info).filter((name) => name.endsWith(".list"));
  const likely = names.filter((name) => name.startsWith("nodejs"));
  const found = [...likely, ...names].find((name) =>
    `\n${readFileSync(paths.info + name, "latin1")}`.includes(`\n${path}\n`),
  );
  // `Multi-Arch: same` packages have their architecture in the name of the file.
  return found?.slice(0, -".list".length).replace(new RegExp(`:${architecture}$`), "");
}
