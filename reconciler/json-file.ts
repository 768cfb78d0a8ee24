import { OmgError } from "../schema/error.ts";

/**
 * Reads one of omg's own records. A damaged one stops the run: what omg owns is never guessed.
 * @throws OmgError `record-damaged`
 */
export function readJson<T>(bytes: Buffer | undefined, path: string): T | undefined {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString("utf8")) as T;
  } catch (cause) {
    throw new OmgError({
      code: "record-damaged",
      exit: "error",
      message: `omg's own record ${path} cannot be read as JSON.`,
      state: "Nothing was done.",
      hint: "Restore the file from a backup, or move it away: omg then owns nothing that it recorded there, and prunes nothing.",
      cause,
    });
  }
}
