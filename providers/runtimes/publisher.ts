import type { PublisherProof } from "../../schema/model/artifact.ts";
import type { ArchiveLayout } from "../../schema/model/transaction.ts";
import type { Candidate, VersionRequest } from "../../schema/runtimes/request.ts";
import type { Asking } from "./asking.ts";
import type { Machine } from "./machine.ts";

/** An archive of one version, as its publisher has it, with everything that vouches for it. Nothing is verified yet. */
export interface Published extends Candidate {
  readonly url: string;
  /** As the publisher's own lists name it. */
  readonly filename: string;
  /** Hex. */
  readonly sha256: string;
  readonly size?: number;
  readonly proof: PublisherProof;
}

/** Whoever publishes a runtime: where its versions are listed, where the archives lie, and how they are vouched for. */
export interface Publisher {
  /** For people: `Node.js`. */
  readonly name: string;
  /** Name of the source, as `from` in the lock. */
  readonly origin: string;
  /** Addresses that config.toml may replace. */
  readonly mirror: string;
  readonly index: (asked: { readonly mirror: string; readonly github: string }) => string;
  readonly layout: ArchiveLayout;
  /**
   * The versions that there are for this machine: of publishers with a list for each line or channel, those that could answer the
   * request. Absent: all.
   */
  versions(ask: Asking, machine: Machine, request?: VersionRequest): Promise<readonly Candidate[]>;
  /**
   * One version's archive; undefined where there is none for this machine. `sha256`: which of several it has to be, where it is one of them.
   * @throws OmgError `proof-missing`, `proof-unreachable`
   */
  published(ask: Asking, machine: Machine, version: string, sha256?: string): Promise<Published | undefined>;
}
