import type { AdvisorySubject } from "../../schema/model/identity.ts";
import type { Vulnerability } from "../../schema/model/vulnerability.ts";
import type { DatabaseFolder } from "./database.ts";

/** Where a run may learn of vulnerabilities. */
export interface AdvisorySources {
  readonly folders: readonly DatabaseFolder[];
  /** Asks a server about all of these at once; absent where nobody opted in. Never rejects. */
  readonly online?: (subjects: readonly AdvisorySubject[]) => Promise<(subject: AdvisorySubject) => OnlineAnswer>;
}

export type OnlineAnswer =
  | { readonly vulnerabilities: readonly Vulnerability[]; readonly date: string; readonly from: string }
  | { readonly code: "lookup-failed"; readonly detail: string };
