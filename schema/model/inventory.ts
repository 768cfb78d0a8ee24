import type { AdvisorySubject } from "./identity.ts";

/** One way in which an installed package needs another one. */
export interface Need {
  /** As the package manager calls it: `Depends`. */
  readonly kind: string;
  /** Whether it cannot be without. */
  readonly strict: boolean;
  /** What it asks for, in the package's own words: `default-mta | mail-transport-agent`. */
  readonly text: string;
  /** Installed packages that answer it; none where the need is not met. */
  readonly met: readonly string[];
}

/** One installed package, with what it needs. */
export interface InventoryItem {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** Bytes on the disk, as the package says. */
  readonly size?: number;
  readonly section: string;
  readonly summary: string;
  /** What it was built from. */
  readonly source: { readonly name: string; readonly version: string };
  /** Who makes it, in the package's own words: `Jane Doe <jane@example.org>`. */
  readonly supplier?: string;
  readonly homepage?: string;
  /** Its package URL (https://github.com/package-url/purl-spec). */
  readonly purl?: string;
  /** Where its known vulnerabilities are listed. */
  readonly advisory?: AdvisorySubject;
  /** Asked for by name; it did not come along as a dependency. */
  readonly requested: boolean;
  readonly held: boolean;
  /** It stays when nothing needs it, because of what it is or what the package manager's configuration says. */
  readonly stays: boolean;
  readonly needs: readonly Need[];
  /** Never to be removed, and why. */
  readonly protectedBy?: string;
}

/** Everything that one provider has installed. */
export interface Inventory {
  readonly items: ReadonlyMap<string, InventoryItem>;
  /** Whether what is merely recommended, or suggested, keeps a package here, by kind of need. */
  readonly keeping: ReadonlySet<string>;
  /** What the package manager would remove because nothing needs it; absent where it could not say. */
  readonly orphans?: readonly string[];
}

/** Where a version of a package comes from. */
export interface Origin {
  /** Name of the source, as `from` in the lock. */
  readonly source: string;
  /** `bookworm-security/main` */
  readonly suite: string;
  /** Address of the repository. */
  readonly address: string;
  /** Whether it is a source of security updates. */
  readonly security: boolean;
}

/** One version that the sources offer, or that is installed. */
export interface OfferedVersion {
  readonly version: string;
  /** How much the package manager wants it. */
  readonly priority: number;
  readonly installed: boolean;
  /** None for a version that is only installed. */
  readonly origins: readonly Origin[];
  /** Percent of the machines that are to get it for now; absent where it is for all. */
  readonly phased?: number;
  /** Absent for a version that is only installed. */
  readonly facts?: PackageFacts;
}

/** How a package stands to others, in its own words: `Depends`, `libc6 (>= 2.36), zlib1g`. */
export interface Related {
  readonly kind: string;
  readonly text: string;
}

/** What a package says of itself. */
export interface PackageFacts {
  readonly summary: string;
  /** Paragraphs below the summary; absent where the index leaves them to translations. */
  readonly description?: string;
  readonly section: string;
  readonly homepage?: string;
  /** Bytes to fetch. */
  readonly download?: number;
  /** Bytes on the disk. */
  readonly size?: number;
  readonly relations: readonly Related[];
}

/** Every version of one package, the newest first. */
export interface Offers {
  readonly name: string;
  readonly versions: readonly OfferedVersion[];
  /** The version that the package manager would take; absent where there is none. */
  readonly candidate?: string;
  /** Names of the packages that provide it, where nothing has this very name. */
  readonly providers: readonly string[];
}

/** Where everything stands that the sources offer: for who answers from it later, one name at a time, and keeps little of it in memory. */
export interface OfferShelf {
  /** What reading needs: data for JSON. */
  readonly about: unknown;
  /** Whether the sources have this name. */
  has(name: string): boolean;
}

/** Reads a shelf. */
export interface ShelfReader {
  /** As `Provider.offers` has it of a package that is not here; undefined for a name that no source has. System errors pass. */
  offers(name: string): Offers | undefined;
  close(): void;
}
