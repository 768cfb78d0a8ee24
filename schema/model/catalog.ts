/** One package that could be installed, as a search shows it. */
export interface CatalogEntry {
  /** As in the lock: `curl`, `libc6:i386`. */
  readonly name: string;
  readonly version: string;
  /** One line. */
  readonly summary: string;
  readonly section: string;
  /** Name of the source, as `from` in the lock. */
  readonly source: string;
  /** Bytes on the disk once it is installed, as the package says. */
  readonly size?: number | undefined;
  readonly homepage?: string | undefined;
  /** How much the package manager wants this version; of one name the highest counts, then the newest version. */
  readonly priority: number;
  /** It is left out where there is a package of this name. */
  readonly unless?: string | undefined;
}

/** What one of the files that a catalog is read from has. */
export interface CatalogPart {
  /** Hex SHA-256 of all that its entries hang on. */
  readonly key: string;
  /** Reads the file from the start and hands out each entry as it comes; names come in any order, and more than once. */
  read(onEntry: (entry: CatalogEntry) => void): Promise<void>;
}

/** What of a catalog has to be fetched before it is known. */
export interface FetchedNames {
  /** Undefined where none were fetched. */
  part(): CatalogPart | undefined;
  /** Fetches them, where that was long ago. Errors: OmgError for what cannot be reached. */
  fetch(): Promise<void>;
}

/** Everything that a provider could install. */
export interface Catalog {
  /** Hex SHA-256 over the identity of every file that the entries are read from: while it is the same, so are they. */
  readonly key: string;
  /** Among equals the first counts. */
  readonly parts: readonly CatalogPart[];
  /** Versions of everything that is installed, by name. */
  installed(): ReadonlyMap<string, string>;
}
