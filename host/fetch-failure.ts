import { errnoOf } from "./disk.ts";

/** Why one address did not deliver. Closed. */
export type FetchReason =
  | "address-unsupported"
  | "host-unknown"
  | "connection-refused"
  | "connection-failed"
  | "certificate"
  | "connect-timeout"
  | "stalled"
  | "truncated"
  | "http-status"
  | "redirect"
  | "proxy"
  | "unreadable"
  | "too-long"
  | "wrong-size"
  | "wrong-hash";

/** One address did not deliver; the next one may. Never leaves the download. */
export class FetchFailure extends Error {
  readonly reason: FetchReason;

  constructor(reason: FetchReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "FetchFailure";
    this.reason = reason;
  }

  /** Whether bytes came, and other ones than were wanted. */
  get isMismatch(): boolean {
    return this.reason === "too-long" || this.reason === "wrong-size" || this.reason === "wrong-hash";
  }
}

/** The failure that an error of a connection which has not answered yet stands for. */
export function connectionFailure(error: unknown): FetchFailure {
  if (error instanceof FetchFailure) return error;
  const errno = errnoOf(error) ?? "";
  const words = error instanceof Error && error.message !== "" ? error.message : errno;
  if (errno === "ECONNREFUSED") return new FetchFailure("connection-refused", "the connection was refused", error);
  if (errno === "ENOTFOUND" || errno === "EAI_AGAIN")
    return new FetchFailure("host-unknown", "the host's name could not be resolved", error);
  if (/CERT|SIGNATURE|ERR_TLS|ERR_SSL|EPROTO/.test(errno))
    return new FetchFailure("certificate", `TLS failed: ${words}`, error);
  return new FetchFailure("connection-failed", `the connection failed: ${words}`, error);
}
