import { hostname, machine } from "node:os";
import { readIfPresent } from "./files.ts";
import { parseOsRelease } from "./os-release.ts";

/** What a lock's pins and `when:` conditions are matched with. */
export interface Platform {
  /** `ID` of os-release: `debian`, `arch`. */
  readonly id: string;
  /** `VERSION_ID` of os-release; rolling distributions have none. */
  readonly versionId?: string;
  /** As the distribution calls it: `amd64` on Debian and its kin, `x86_64` elsewhere. */
  readonly arch: string;
  /** `ID[-VERSION_ID]-ARCH`: `debian-12-amd64`, `arch-x86_64`. */
  readonly platform: string;
  readonly hostname: string;
}

const OS_RELEASE_FILES = ["etc/os-release", "usr/lib/os-release"];
const OS_RELEASE_LIMIT = 1 << 20;

/** Debian's architecture names (dpkg-architecture(1), `--list-known`) for the ones that Node runs on. */
const DEBIAN_ARCHITECTURES: Readonly<Partial<Record<string, string>>> = {
  arm: "armhf",
  arm64: "arm64",
  ia32: "i386",
  loong64: "loong64",
  mips64el: "mips64el",
  ppc64: "ppc64el",
  riscv64: "riscv64",
  s390x: "s390x",
  x64: "amd64",
};

/** Where a system says what it is (os-release(5)), the first that is there. `root`: its folder, with a slash behind. */
export function osReleaseFiles(root = "/"): readonly string[] {
  return OS_RELEASE_FILES.map((file) => root + file);
}

/**
 * The platform of this host, or of the system that lies in another folder. Files that exist and cannot be read are thrown as
 * system errors.
 */
export function readPlatform(root = "/"): Platform {
  const text = osReleaseFiles(root)
    .map((file) => readIfPresent(file, OS_RELEASE_LIMIT))
    .find((content) => content !== undefined);
  return platformFrom(text?.toString("utf8") ?? "", {
    nodeArch: process.arch,
    machine: machine(),
    hostname: hostname(),
  });
}

/**
 * The platform that an os-release text and a machine's facts describe. Pure.
 * `nodeArch`: `process.arch`, which tells the userland; `machine`: `uname -m`, which tells the kernel.
 */
export function platformFrom(
  osRelease: string,
  facts: { readonly nodeArch: string; readonly machine: string; readonly hostname: string },
): Platform {
  const fields = parseOsRelease(osRelease);
  // os-release(5): ID defaults to `linux`; both are lower case letters, digits, `.`, `_` and `-`.
  const id = identifier(fields.get("ID")) ?? "linux";
  const versionId = identifier(fields.get("VERSION_ID"));
  const debian = [id, ...(fields.get("ID_LIKE") ?? "").split(/\s+/)].includes("debian");
  const arch = (debian ? DEBIAN_ARCHITECTURES[facts.nodeArch] : undefined) ?? facts.machine;
  return {
    id,
    ...(versionId === undefined ? {} : { versionId }),
    arch,
    platform: [id, ...(versionId === undefined ? [] : [versionId]), arch].join("-"),
    hostname: facts.hostname,
  };
}

function identifier(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9._-]+$/.test(text) ? text : undefined;
}
