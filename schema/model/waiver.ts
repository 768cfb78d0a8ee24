/** A rule that is lifted for some packages, by somebody, until a day. */
export interface Waiver {
  /** The rule as a violation names it: `packages.deny`, `grade.sources.docker`. */
  readonly rule: string;
  /** Glob of the package's name or address. */
  readonly package: string;
  /** The one vulnerability that it is about; absent: whatever breaks the rule. */
  readonly id?: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it counts, in UTC: `2027-01-31`. */
  readonly expires: string;
}
