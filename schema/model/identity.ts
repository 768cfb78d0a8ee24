/** What a database of known vulnerabilities lists a package under. */
export interface AdvisorySubject {
  /** As OSV calls it: `Debian:12`. */
  readonly ecosystem: string;
  /** Of the source package, where the ecosystem lists those. */
  readonly name: string;
  /** Of the source package, likewise. */
  readonly version: string;
}
