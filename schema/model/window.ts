/** What omgd does to the machine by itself: putting back what moved, and going on to a newer commit. */
export type Purpose = "drift" | "roll-forward";

/** Times at which omgd may begin to apply. */
export interface Window {
  /** When it opens: a cron expression. */
  readonly opens: string;
  /** For how long from then on. */
  readonly minutes: number;
  /** As tzdata names it. Default: UTC. */
  readonly "time-zone"?: string;
  /** What it is for. Default: both. */
  readonly for?: readonly Purpose[];
}
