import type { Artifact, Evidence } from "./artifact.ts";
import type { ArtifactSource } from "./artifact-source.ts";
import type { Catalog } from "./catalog.ts";
import type { Change } from "./change.ts";
import type { Desired, IndexDigests, Pin, Settings } from "./desired.ts";
import type { Examination } from "./finding.ts";
import type { AdvisorySubject } from "./identity.ts";
import type { Inventory, OfferShelf, Offers } from "./inventory.ts";
import type { LicenseFinding } from "./license.ts";
import type { PlatformLock, SourceRequest } from "./lock.ts";
import type { Observed, Scope } from "./resource.ts";
import type { Operation, Step, Transaction } from "./transaction.ts";

export type Detection = { readonly available: true } | { readonly available: false; readonly reason: string };

/** The order and the meaning of a provider's versions. Pure. */
export interface Versioning {
  /** Negative when `a` is older than `b`, 0 when equal, positive when newer. */
  compare(a: string, b: string): number;
  /** Whether an installed version answers a request such as `7.88.*`. */
  satisfies(version: string, request: string): boolean;
}

/** What omg remembers of an artifact that it verified before. Fields as in `Artifact`. */
export interface ArtifactRecord {
  readonly sha256: string;
  readonly filename: string;
  readonly origin: string;
  readonly arch: string;
  readonly size?: number;
  readonly control?: string;
  readonly advisory?: AdvisorySubject;
  readonly evidence: readonly Evidence[];
}

/** omg's own memory of artifacts, by address and version. */
export interface Records {
  artifact(address: string, version: string): ArtifactRecord | undefined;
  /** Whether the store holds these bytes. */
  stored(sha256: string): boolean;
}

export interface ResolveOptions {
  /** Going back to an older version was asked for. */
  readonly allowDowngrades: boolean;
  /** Holds that omg set itself, by name: the only ones a transaction may work over. */
  readonly ownHolds: ReadonlySet<string>;
  readonly records: Records;
  /** The version of a name that the machine has and the lock pins, if it does: to be left alone where the solver can. */
  readonly keep?: (name: string) => string | undefined;
  /** What the provider that this one builds on does in this plan: the machine will be so when this provider's turn comes. */
  readonly upcoming?: readonly Transaction[];
  /** As `Desired` has them. */
  readonly settings?: Settings;
  readonly indexes?: Readonly<Record<string, IndexDigests>>;
  /** Where the signed indexes that the lock was made with are kept. */
  readonly kept?: FindKept;
}

/** Facts that an interrupted run left in the log: what it was about to do. */
export interface InterruptedRun {
  readonly transaction: Transaction;
}

/** A pin that capture or `omg lock` proposes. */
export interface PinProposal {
  readonly name: string;
  readonly pin: Pin;
  readonly auto: boolean;
  /** Section of the lock. Default: the provider's name. */
  readonly section?: string;
}

/** What `omg update` resolves anew among the pins; everything else keeps its own where the solver can live with it. */
export interface PinUpdate {
  /** Names as in the lock; absent: all of them. */
  readonly names?: ReadonlySet<string>;
  /** Only to versions that come from a security source. */
  readonly security: boolean;
}

/** An object that is still to be put into the store. */
export interface KeptObject {
  /** Hex. */
  readonly sha256: string;
  /** Writes the bytes to a new file at `path`. */
  readonly fill: (path: string) => Promise<void>;
}

/** Finds an object that was kept: resolves to its path, or to undefined where it is not to be had. Its bytes are not checked here. */
export type FindKept = (sha256: string) => Promise<string | undefined>;

/** What a build needs of whoever runs it. */
export interface BuildMeans {
  /** Puts an object into the store. */
  readonly keep: (object: KeptObject) => Promise<void>;
  /** Receives each line that the build prints; must not throw. */
  readonly onOutput: (line: string) => void;
  readonly signal: AbortSignal;
}

/** What `env capture` and `omg lock` need to write a lock. */
export interface LockProposal {
  /** Requests for the user's document, by name; only capture uses them. */
  readonly requests: Readonly<Record<string, { readonly version: string; readonly hold?: true }>>;
  readonly pins: readonly PinProposal[];
  /** Sources for the user's document, by name; only capture uses them. */
  readonly sources?: Readonly<Record<string, SourceRequest>>;
  /** Digests of the signed indexes that the pins were found in, by source. */
  readonly indexes: Readonly<Record<string, IndexDigests>>;
  /** What proves the pins later, when the sources have moved on: to be kept in the store. */
  readonly evidence?: readonly KeptObject[];
  readonly notes: readonly string[];
}

/**
 * Brings one kind of resource into the flow. Adding one is adding a folder under `providers/`. No method changes the machine,
 * and none elevates: what does so is handed out as operations. What methods keep for the next time lies in a cache of this
 * user's. Optional methods are questions and services that not every package manager has.
 */
export interface Provider {
  readonly name: string;
  /** Sections of the lock that it brings about. Default: the one with its name. */
  readonly sections?: readonly string[];
  /** Whose state it manages: the machine's, or one user's. */
  readonly scope: Scope;
  /** The section of a lock where its request stands under its own name, among those of others. Absent: a section of its name is all its own. */
  readonly section?: string;
  /** Which names of that section are its own, where they are others than its own name. */
  speaksFor?(name: string): boolean;
  /** It takes no part in a run whose lock is silent about it. */
  readonly onDemand?: true;
  /** An earlier provider that decides what this one can have: where that one cannot or may not do its part, this one is not asked. */
  readonly buildsOn?: string;
  readonly versioning: Versioning;
  /** Whether this host can have it, cheaply. */
  detect(): Promise<Detection>;
  /** The provider's part of the lock. Pure. */
  desired(lock: PlatformLock): Desired;
  /** Live state, from files. `desired`: what a state may have to be told from, where others can have brought it about. */
  observe(desired?: Desired): Promise<Observed>;
  /** Files and folders, absolute, that change when what `observe` reads may have changed; absent where nothing tells. */
  watched?(): Promise<readonly string[]>;
  /** Digest of everything that `resolve` reads besides the state it changes. */
  fingerprint(): Promise<string>;
  /** The real solver's answer. No changes, no solver. */
  resolve(changes: readonly Change[], observed: Observed, options: ResolveOptions): Promise<Transaction>;
  /**
   * Tries out whether the transaction can succeed, where only trying tells. Called while a plan is made, once policy has
   * nothing against the steps; changes nothing that counts. Throws what stands in the way.
   */
  rehearse?(transaction: Transaction): Promise<void>;
  /**
   * Where this provider's artifacts come from, in the order to ask, before their plain addresses are tried. Nothing is asked
   * until a source is called. `signal` ends whatever they do; what has arrived then stays.
   */
  suppliers?(context: { readonly signal: AbortSignal }): Promise<readonly ArtifactSource[]>;
  /**
   * Builds what can be built by now of what a plan has still to be built, and hands what comes out to `keep`. Resolves to how
   * many packages it made; none where each needs something that is not installed yet.
   */
  build?(artifacts: readonly Artifact[], means: BuildMeans): Promise<number>;
  /**
   * What carries the transaction out, in order. `workspace` is an empty folder that only the run's user can write, and
   * which is gone when the run is over. Pure: a dry run shows the same list.
   */
  operations(transaction: Transaction, workspace: string): readonly Operation[];
  /**
   * Of what the steps brought, the names whose files are not as they came, although the package manager calls them installed: asked
   * when it failed. Absent where its word can be taken. Reads; changes nothing.
   */
  incomplete?(steps: readonly Step[]): Promise<readonly string[]>;
  /** What the person should know once the transaction is done: a restart that is due. Reads; changes nothing. */
  afterwards?(transaction: Pick<Transaction, "steps">): Promise<readonly string[]>;
  /** Whether another program is changing this provider's resources now: its name and pid, for the user. */
  busy(): Promise<string | undefined>;
  /** What brings an interrupted package manager back, before anything else is done. `workspace` as for `operations`. */
  repair(observed: Observed, interrupted: InterruptedRun | undefined, workspace: string): Promise<readonly Operation[]>;
  /** What brings the lists of what could be installed up to date; absent where a provider has none. */
  refresh?(): Promise<readonly Operation[]>;
  /** What is wrong with the package manager itself, for `omg doctor`. */
  examine?(now: Date): Promise<Examination>;
  /** Pins for the lock's requests (or, for a capture, for everything installed). */
  propose(input: {
    readonly lock?: PlatformLock;
    readonly observed: Observed;
    readonly records: Records;
    readonly kept?: FindKept;
    /** What to resolve anew within the requests; absent: nothing. */
    readonly update?: PinUpdate;
  }): Promise<LockProposal>;
  /** Of the signed indexes that a lock was made with, what this machine has the same of today, as objects to keep. Absent where there are none. */
  evidence?(indexes: Readonly<Record<string, IndexDigests>>): Promise<readonly KeptObject[]>;
  /** What could be installed, for the index of a search. Cheap: only `read` opens the lists. */
  catalog?(): Promise<Catalog>;
  /** Fetches what the catalog has only once it was fetched. Errors: OmgError for what cannot be reached. */
  fetchNames?(): Promise<void>;
  /** What is installed, with sizes and with who needs what. */
  inventory?(wish?: InventoryWish): Promise<Inventory>;
  /** Licenses of what is installed, by its names in the inventory. */
  licenses?(names: readonly string[]): Promise<ReadonlyMap<string, LicenseFinding>>;
  /**
   * Licenses of artifacts that are to come, in their order, from the bytes that `pathOf` knows by hex SHA-256; undefined where they
   * are not here yet. Whatever is wrong with the bytes is a finding, never an exception.
   */
  licensesOf?(
    artifacts: readonly Artifact[],
    pathOf: (sha256: string) => string | undefined,
  ): Promise<readonly (LicenseFinding | undefined)[]>;
  /**
   * What the sources offer of these names, in one pass; a name that neither they nor the machine have is left out. `facts`: false
   * spares looking for what packages say of themselves, where that takes time.
   */
  offers?(names: ReadonlySet<string>, wish?: { readonly facts: boolean }): Promise<ReadonlyMap<string, Offers>>;
  /**
   * As `offers`, of everything that the sources have and as for packages that are not here, to be read out later. Absent, and undefined, where
   * nothing says where each name stands. What reads it is listed in app/prepared/shelves.ts.
   */
  shelf?(): Promise<OfferShelf | undefined>;
  /**
   * As `offers`, of what is installed and has a newer version to go to. Absent where that takes the whole machine, as where packages can be
   * held.
   */
  newer?(): Promise<ReadonlyMap<string, Offers>>;
}

/** What a question need not know of an inventory, where finding it out takes time. */
export interface InventoryWish {
  /** `orphans`: items of these alone are asked for. Default: all. */
  readonly items?: "all" | "orphans";
  /** False: no orphans. */
  readonly orphans: boolean;
  /** False: of what a package needs only what it cannot be without. Default: all of it. */
  readonly weakNeeds?: boolean;
}
