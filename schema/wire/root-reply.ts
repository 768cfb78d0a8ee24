import type { Event } from "../model/events.ts";

/** What omg-root says, one line of JSON each. After `need` it reads the artifact from stdin: see `ARTIFACT_HEADER`. */
export type RootReply =
  | { readonly type: "event"; readonly event: Event }
  | { readonly type: "need"; readonly sha256: string }
  | {
      readonly type: "result";
      readonly generation?: number;
      readonly adopted?: readonly string[];
      readonly already?: readonly string[];
    }
  | {
      readonly type: "error";
      readonly code: string;
      readonly exit: string;
      readonly message: string;
      readonly state?: string;
      readonly hint?: string;
      readonly details: readonly string[];
    };

/** Bytes of the length that stands before an artifact: unsigned, big-endian. All ones: the other side does not have it. */
export const ARTIFACT_HEADER = 8;
export const NOT_HERE = 0xffff_ffff_ffff_ffffn;
