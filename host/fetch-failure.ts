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
  | "too-slow"
  | "truncated"
  | "http-status"
  | "range"
  | "redirect"
  | "proxy"
  | "unreadable"
  | "too-long"
  | "wrong-size"
  | "wrong-hash";

/** What the server said about it. */
export interface ServerAnswer {
  readonly status: number;
  /** From when on it wants to be asked again, counted from the answer. Milliseconds. */
  readonly retryAfterMs?: number;
}

/** One address did not deliver; the next one may. Never leaves the download. */
export class FetchFailure extends Error {
  readonly reason: FetchReason;
  readonly answer: ServerAnswer | undefined;

  constructor(reason: FetchReason, message: string, cause?: unknown, answer?: ServerAnswer) {
    super(message, { cause });
    this.name = "FetchFailure";
    this.reason = reason;
    this.answer = answer;
  }

  /** Whether bytes came, and other ones than were wanted. */
  get isMismatch(): boolean {
    return this.reason === "too-long" || this.reason === "wrong-size" || this.reason === "wrong-hash";
  }

  /** Whether the other side says that it has no such thing. */
  get isAbsent(): boolean {
    if (this.reason === "http-status") return [404, 410].includes(this.answer?.status ?? 0);
    return this.reason === "unreadable" && errnoOf(this.cause) === "ENOENT";
  }

  /** Whether the same address may deliver in a moment. */
  get isTemporary(): boolean {
    if (this.reason === "http-status") return TEMPORARY_STATUS.has(this.answer?.status ?? 0);
    if (this.reason === "host-unknown") return errnoOf(this.cause) === "EAI_AGAIN";
    return TEMPORARY.has(this.reason);
  }
}

const TEMPORARY: ReadonlySet<FetchReason> = new Set([
  "connection-refused",
  "connection-failed",
  "connect-timeout",
  "stalled",
  "truncated",
]);
/** RFC 9110, 15.5.9 and 15.6; RFC 6585, 4. */
const TEMPORARY_STATUS = new Set([408, 429, 500, 502, 503, 504]);

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
