import type { Located } from "./located.ts";
import type { SourceText } from "./source-text.ts";

/** One document with what it says and where it says it. */
export interface LockDocument<T> {
  readonly source: SourceText;
  readonly located: Located;
  readonly data: T;
}
