import { OmgError } from "../schema/error.ts";

/**
 * Reads one of omg's own records. A damaged one stops the run: what omg owns is never guessed.
 * @param fits whether an object has the parts that such a record always has
 * @throws OmgError `record-damaged`
 */
export function readJson<T>(
  bytes: Buffer | undefined,
  path: string,
  fits: (value: { readonly [K in keyof T]?: unknown }) => boolean,
): T | undefined {
  if (bytes === undefined) return undefined;
  const value = parse(bytes, path);
  if (isRecord(value) && fits(value as { readonly [K in keyof T]?: unknown })) return value as T;
  throw damaged(path, "does not hold what omg writes there");
}

/** A JSON object, and no list. */
export function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw damaged(path, "cannot be read as JSON", cause);
  }
}

function damaged(path: string, how: string, cause?: unknown): OmgError {
  return new OmgError({
    code: "record-damaged",
    exit: "error",
    message: `omg's own record ${path} ${how}.`,
    state: "Nothing was done.",
    hint: "Restore the file from a backup, or move it away: omg then owns nothing that it recorded there, and prunes nothing.",
    cause,
  });
}
