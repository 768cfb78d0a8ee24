import type { IndexDigests, Pin, Power, UnmanagedRule } from "./desired.ts";

/** One request for a package, with every shorthand of the file resolved. */
export interface PackageRequest {
  readonly presence: "present" | "absent" | "purged";
  /** `*`, a prefix such as `7.88.*`, or an exact version. `*` where presence is not `present`. */
  readonly version: string;
  readonly from?: string;
  readonly hold?: boolean;
  /** Commit of the AUR repository. */
  readonly commit?: string;
  /** What the built package may bring besides files. */
  readonly allow?: readonly Power[];
}

/** Value of an environment variable: a literal, or a reference that only the user's own shell resolves. */
export type EnvValue = string | { readonly from: "env" | "file" | "command"; readonly name: string };

/** A source of packages as the lock asks for it (sources.list(5)), every list written out. */
export interface SourceRequest {
  readonly types: readonly string[];
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Empty: all of the machine's. */
  readonly architectures: readonly string[];
  /** A block of keys in ASCII armour, the path of a keyring, or empty where any trusted key may sign. */
  readonly key: string;
}

/** A section such as `apt:` after the user's documents that apply to this host were merged. */
export interface PackageSection extends UnmanagedRule {
  readonly packages: Readonly<Record<string, PackageRequest>>;
  /** Date or time of a snapshot archive. */
  readonly snapshot?: string;
  /** Sources that the machine is to have, by name. */
  readonly sources?: Readonly<Record<string, SourceRequest>>;
}

/** A pin as the lock holds it: `auto` marks a dependency that nobody asked for by name. */
export interface PinEntry extends Pin {
  readonly auto: boolean;
}

/** Everything that one platform was pinned to. */
export interface PlatformPins {
  /** Digests of the signed indexes that the pins were resolved with, by source. */
  readonly indexes: Readonly<Record<string, IndexDigests>>;
  /** By section (`apt`, `pacman`, `aur`, `runtimes`), then name. */
  readonly sections: Readonly<Record<string, Readonly<Record<string, PinEntry>>>>;
}

/** omg.lock as it applies to one platform. */
export interface PlatformLock {
  readonly name: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** Hex SHA-256 over the file and everything it includes. */
  readonly digest: string;
  /** `debian-12-amd64` */
  readonly platform: string;
  /** Whether it is the user's own lock in the configuration folder, not a project's. */
  readonly own: boolean;
  /** By section: `apt`, `pacman`, `aur`. */
  readonly packages: Readonly<Record<string, PackageSection>>;
  readonly runtimes: Readonly<Record<string, string>>;
  /** It has a section of runtimes, be it empty. */
  readonly speaksOfRuntimes?: true;
  readonly env: Readonly<Record<string, EnvValue>>;
  readonly aliases: Readonly<Record<string, string>>;
  /** Names of the checks that have to hold after an apply; absent where there are none. */
  readonly health?: readonly string[];
  /** Whether the file has a pins document for this platform. */
  readonly pinned: boolean;
  /** By section, then name. */
  readonly pins: Readonly<Record<string, Readonly<Record<string, PinEntry>>>>;
  /** Digests of the signed indexes that the pins were resolved with, by source. */
  readonly indexes: Readonly<Record<string, IndexDigests>>;
}
