import type { Violation } from "../schema/model/artifact.ts";
import type { Severity, Vulnerability } from "../schema/model/vulnerability.ts";

/** What the commands about known vulnerabilities give back. */

export interface AuditUpdateResult {
  readonly lists: readonly {
    /** `Debian` */
    readonly ecosystem: string;
    readonly outcome: "updated" | "unchanged";
    /** RFC 3339: how new its contents are. */
    readonly date: string;
    readonly records: number;
    /** Records that could not be read, and are not in it. */
    readonly unreadable: number;
    readonly from: string;
    /** Of the database. */
    readonly bytes: number;
  }[];
  readonly folder: string;
}

/** One source package of which something is installed. */
export interface ScannedPackage {
  readonly provider: string;
  /** `Debian:12` */
  readonly ecosystem: string;
  /** Name and version of the source package. */
  readonly source: string;
  readonly version: string;
  /** What of it is installed. */
  readonly packages: readonly string[];
  /** The newest version of one of these that a source offers; absent where what is here is the newest. */
  readonly update?: string;
  /** The worst first. */
  readonly vulnerabilities: readonly (Vulnerability & {
    /** Policy does not let it be. */
    readonly refused: boolean;
  })[];
}

export interface AuditScanResult {
  /** Those with vulnerabilities, the worst first, as `--severity` leaves them. */
  readonly packages: readonly ScannedPackage[];
  /** Source packages that were looked up. */
  readonly checked: number;
  /** Vulnerabilities of all, whatever is shown: each counts once for each source package. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** What was asked, with the date of its contents. */
  readonly lists: readonly { readonly from: string; readonly date: string; readonly days: number }[];
  /** What nothing could be found out about, by reason. */
  readonly unknown: readonly { readonly code: string; readonly detail: string; readonly packages: readonly string[] }[];
  /** What policy refuses of it; there may be some about what is not known. */
  readonly violations: readonly Violation[];
  /** The least severity that is shown. */
  readonly severity?: Severity;
}
