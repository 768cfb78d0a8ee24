import { errnoOf } from "../host/disk.ts";
import { readRegular } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";

/**
 * The text of a file that people write; undefined where nothing has that name. A link that leads nowhere is something.
 * @throws OmgError `not-a-regular-file`, `file-too-large`, both as an invalid file; system errors pass
 */
export function readTextFile(path: string, maxBytes: number): string | undefined {
  try {
    return readRegular(path, maxBytes).toString("utf8");
  } catch (cause) {
    if (cause instanceof OmgError) throw unfit(cause, maxBytes);
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(cause) ?? "")) return undefined;
    throw cause;
  }
}

function unfit(cause: OmgError, maxBytes: number): OmgError {
  const hint =
    cause.code === "file-too-large"
      ? `omg reads at most ${maxBytes / 1024 / 1024} MiB of such a file: divide it with \`include:\`, or see what filled it.`
      : cause.hint;
  return new OmgError({
    code: cause.code,
    exit: "invalid",
    message: cause.message,
    state: "Nothing was read from it, and nothing was changed.",
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
